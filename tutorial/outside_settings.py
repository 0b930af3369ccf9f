"""A step's own settings, with its database outside the step's folder."""

import os

from core.settings import *
from core.settings import DATABASES

DATABASES["default"]["NAME"] = os.environ["TUTORIAL_DATABASE"]

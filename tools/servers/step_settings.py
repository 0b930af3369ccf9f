"""A step's own settings, with its database outside the step's folder."""

import os

from core.settings import *
from core.settings import DATABASES

DATABASES["default"]["NAME"] = os.environ["TUTORIAL_DATABASE"]

# With --lan: the names by which other machines may ask for pages and open sockets.
if hosts := os.environ.get("TUTORIAL_HOSTS"):
    ALLOWED_HOSTS = hosts.split(",")

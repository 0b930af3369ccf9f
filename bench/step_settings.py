"""A step's settings as they would serve people: no DEBUG, which keeps every query."""

from bench import query_counting
from tools.servers.step_settings import *

DEBUG = False
query_counting.start()

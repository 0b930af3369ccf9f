"""A step's own settings, with its database outside the step's folder."""

# `core` is that of the step in whose folder this runs.
# pyright: reportMissingImports=false

import os
from pathlib import Path

from core.settings import *
from core.settings import DATABASES, TEMPLATES

DATABASES["default"]["NAME"] = os.environ["TUTORIAL_DATABASE"]

# With --lan: the names by which other machines may ask for pages and open sockets.
if hosts := os.environ.get("TUTORIAL_HOSTS"):
    ALLOWED_HOSTS = hosts.split(",")

# With a hash that takes no time: for whoever logs in a hundred times, as walks do.
if os.environ.get("TUTORIAL_FAST_LOGIN"):
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# A browser sends a host's cookies to all its ports: with names of their own, two steps that
# run at once do not log each other out.
if suffix := os.environ.get("TUTORIAL_COOKIES"):
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"sessionid{suffix}", f"csrftoken{suffix}"

# With demo people: the page to log in says who they are, below the step's own form.
if os.environ.get("TUTORIAL_PEOPLE"):
    folder = Path(__file__).with_name("templates")
    TEMPLATES[0]["DIRS"] = [folder, *TEMPLATES[0]["DIRS"]]
    TEMPLATES[0]["OPTIONS"]["context_processors"].append(
        "tools.servers.demo_users.context"
    )

from importlib import import_module

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.checks import Error


def sessions_are_in_the_database(app_configs, **kwargs):
    """Sockets look for their sessions there, and would find none elsewhere."""
    engine = import_module(settings.SESSION_ENGINE)
    if issubclass(engine.SessionStore, SessionStore):
        return []
    return [
        Error(
            f"Sessions are not kept in the database but in {settings.SESSION_ENGINE}, "
            "so every socket would close with its first frame.",
            hint="Set SESSION_ENGINE to django.contrib.sessions.backends.db or, for "
            "a cache in front of it, to django.contrib.sessions.backends.cached_db.",
            id="core.E001",
        )
    ]

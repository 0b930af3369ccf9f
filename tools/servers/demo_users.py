"""The demo people of a run, from the step that has logins."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from django.http import HttpRequest

PASSWORD = "open-sesame"
PEOPLE = ("alice", "bob")

LOGINS = f"{' or '.join(PEOPLE)}, password {PASSWORD}"

# Code for `manage.py shell`: alice may use the admin as well, bob is an ordinary user.
MAKE_PEOPLE = f"""
from django.contrib.auth import get_user_model
users = get_user_model().objects
users.create_superuser("alice", password={PASSWORD!r})
users.create_user("bob", password={PASSWORD!r})
"""

# Prints the name and the session of each person, for clients that are no browsers.
MAKE_CROWD = """
from django.conf import settings
from django.contrib.auth import SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.contrib.auth import get_user_model
from importlib import import_module
from chat.models import Room
Room.objects.create(name="general")
store = import_module(settings.SESSION_ENGINE).SessionStore
for number in range({count}):
    user = get_user_model().objects.create(username=f"person{{number:03}}")
    session = store()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    print(user.username, session.session_key)
"""


def context(request: "HttpRequest") -> dict[str, str]:
    """Tell a step's templates whom one may log in as: a context processor."""
    return {"demo_people": LOGINS}


class Managed(Protocol):
    """A server, or a system of several, that runs management commands where its data is."""

    def manage(self, *args: str) -> str: ...


def make_crowd(server: Managed, count: int) -> dict[str, str]:
    """Make that many users where a server keeps its data; give each one's session."""
    code = MAKE_CROWD.format(count=count)
    printed = server.manage("shell", "--no-imports", "--command", code)
    return dict(line.split() for line in printed.split("\n") if line)

"""The demo people of a run, from the step that has logins."""

PASSWORD = "open-sesame"
PEOPLE = ("alice", "bob")

# Code for `manage.py shell`: alice may use the admin as well, bob is an ordinary user.
MAKE_PEOPLE = f"""
from django.contrib.auth import get_user_model
users = get_user_model().objects
users.create_superuser("alice", password={PASSWORD!r})
users.create_user("bob", password={PASSWORD!r})
"""

"""Fill a contender's database: `python -m bench.seed PEOPLE TASKS` prints the sessions.

DJANGO_SETTINGS_MODULE says whose database it is; without one it is the bare server's.
"""

import os
import sqlite3
import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

ITEMS = 2  # of each task, one of them done


def fill_django(people: int, tasks: int) -> list[str]:
    """Migrate, make the people and their tasks; give the sessions."""
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    # First what has migrations: the contenders' own tables point at the users' one.
    call_command("migrate", verbosity=0)
    call_command("migrate", run_syncdb=True, verbosity=0)
    User = get_user_model()
    users = [User.objects.create(username=f"person{n}") for n in range(people)]
    if tasks:
        fill_lists(users, tasks)
    return [session_of(user) for user in users]


def fill_lists(users: "list[AbstractBaseUser]", count: int) -> None:
    from django.apps import apps
    from django.utils import timezone

    Task, Item = apps.get_model("checklist.Task"), apps.get_model("checklist.Item")
    new = (Task(user=user, name=f"Task {n}") for user in users for n in range(count))
    tasks = Task.objects.bulk_create(new, batch_size=5000)
    now = timezone.now()
    items = (
        Item(
            task=task,
            name=f"Item {n}",
            **({"done_at": now, "done_by": task.user} if n == 0 else {}),
        )
        for task in tasks
        for n in range(ITEMS)
    )
    Item.objects.bulk_create(items, batch_size=5000)


def session_of(user: "AbstractBaseUser") -> str:
    """Log a user in, without a password's slow hash; give the session's key."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key


def fill_bare(people: int, tasks: int) -> list[str]:
    """The same in the tables of the bare server."""
    sessions = [f"session{n}" for n in range(people)]
    with sqlite3.connect(os.environ["BENCH_DATABASE"]) as database:
        database.executescript("""
            CREATE TABLE user (id INTEGER PRIMARY KEY, name TEXT, session TEXT UNIQUE);
            CREATE TABLE task (id INTEGER PRIMARY KEY AUTOINCREMENT,
                user_id INTEGER REFERENCES user, name TEXT);
            CREATE INDEX task_user ON task (user_id);
            CREATE TABLE item (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT,
                task_id INTEGER REFERENCES task ON DELETE CASCADE,
                done_at TEXT, done_by INTEGER REFERENCES user);
            CREATE INDEX item_task ON item (task_id);
        """)
        rows = [(n + 1, f"person{n}", session) for n, session in enumerate(sessions)]
        database.executemany("INSERT INTO user VALUES (?, ?, ?)", rows)
        rows = [
            (user * tasks + n + 1, user + 1, f"Task {n}")
            for user in range(people)
            for n in range(tasks)
        ]
        database.executemany("INSERT INTO task VALUES (?, ?, ?)", rows)
        noon = "2026-11-22T12:00:00Z"
        rows = [
            (f"Item {n}", task, *((noon, user) if n == 0 else (None, None)))
            for task, user, _ in rows
            for n in range(ITEMS)
        ]
        query = "INSERT INTO item (name, task_id, done_at, done_by) VALUES (?, ?, ?, ?)"
        database.executemany(query, rows)
    return sessions


if __name__ == "__main__":
    fill = fill_django if "DJANGO_SETTINGS_MODULE" in os.environ else fill_bare
    print("\n".join(fill(*map(int, sys.argv[1:]))))

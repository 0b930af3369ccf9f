"""Real servers, the database behind them, and people whose sessions a test has."""

import http.client
import json
import sqlite3
import subprocess
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import psycopg
from redis import Redis

from tests.attacks.tabs import ChatTab, ListTab
from tests.helpers.processes import uvicorn
from tools.chain.steps import all_steps
from tools.servers.demo_users import MAKE_CROWD
from tools.servers.step_server import HOST, MIGRATE, Server, answers, free_port

ROOMS = ("general", "café 🍞")
EMPTIED = ("checklist_item", "checklist_task")
EMPTIED += ("checklist_membership", "checklist_checklist")
EMPTIED += ("once_carriedout", "chat_message")
# Any 32 letters, as long as the cookie and the form have the same.
TOKEN = "a" * 32
PEOPLE = 3
MAKE = (
    MIGRATE
    + MAKE_CROWD.format(count=PEOPLE)
    + f"Room.objects.create(name={ROOMS[1]!r})"
)


def token_of(person: str) -> str:
    """The token that somebody has for the API, once it is given."""
    return person.encode().hex().ljust(40, "0")


def own_database(url: str) -> str:
    """Make one more database on a server of PostgreSQL; give its address."""
    name = f"world_{time.monotonic_ns()}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    return f"{url.rpartition('/')[0]}/{name}"


class World:
    """The last step on one or two servers, with three people and two rooms.

    `kind` is the server, daphne or uvicorn; `redis` and `postgres` are the addresses of
    what the servers share, where they do. `step` is the folder of another step than the
    last one.
    """

    def __init__(
        self,
        folder: Path,
        kind: str = "uvicorn",
        redis: str | None = None,
        postgres: str | None = None,
        step: Path | None = None,
    ):
        self.folder, self.kind, self.postgres = folder, kind, None
        self.log = folder / "log.txt"
        # Limits have tests of their own: here frames come as fast as they are answered.
        variables = {"FRAME_BURST": "0", "MOST_SOCKETS": "0"}
        variables["TUTORIAL_FAST_LOGIN"] = "1"
        if redis:
            variables["REDIS_URL"] = redis
            # Another world counted its lists in a database of its own.
            Redis.from_url(redis).flushall()
        if postgres:
            self.postgres = own_database(postgres)
            # The name of the database is what the settings of a run take for its path.
            name = self.postgres.rpartition("/")[2]
            variables |= {"DATABASE_URL": self.postgres, "TUTORIAL_DATABASE": name}
        count = 2 if redis else 1
        step = step or all_steps()[-1].folder
        self.servers = [Server(step, folder) for _ in range(count)]
        for server in self.servers:
            server.variables |= variables
        self.stack = ExitStack()

    def __enter__(self):
        with self.stack:
            made = self.servers[0].manage("shell", "--no-imports", "-c", MAKE)
            self.people = dict(line.split() for line in made.splitlines())
            for server in self.servers:
                self._start(server)
            self.database = self.stack.enter_context(self._connect())
            self.sessions = self.rows("SELECT * FROM django_session")
            self.stack = self.stack.pop_all()
        return self

    def __exit__(self, *exception):
        self.stack.close()

    def _start(self, server: Server):
        log = self.stack.enter_context(self.log.open("a"))
        options = {"stdout": log, "stderr": subprocess.STDOUT}
        start = (
            uvicorn(server, **options)
            if self.kind == "uvicorn"
            else server.start(free_port(), **options)
        )
        server.process = self.stack.enter_context(start)
        up = answers(server.port, server.process, seconds=120)
        assert up, self.log.read_text("utf-8")

    def _connect(self):
        if self.postgres:
            return psycopg.connect(self.postgres, autocommit=True)
        path = self.servers[0].database
        return sqlite3.connect(path, timeout=20, isolation_level=None)

    def rows(self, query: str) -> list[tuple]:
        return self.database.execute(query).fetchall()

    def begin(self):
        """Forget what somebody has written, and log everybody in."""
        self.until(lambda: not self.rows("SELECT id FROM chat_connection"))
        for table in EMPTIED:
            self.database.execute(f"DELETE FROM {table}")
        for person in self.people:
            self.log_in(person)
        self.seen = self.log.stat().st_size

    def log_in(self, person: str):
        """Put the session of somebody back, if it is gone."""
        for key, data, expires in self.sessions:
            if key == self.people[person]:
                values = f"VALUES ('{key}', '{data}', '{expires}')"
                self.database.execute(
                    "INSERT INTO django_session (session_key, session_data, expire_date) "
                    f"{values} ON CONFLICT DO NOTHING"
                )

    def log_out(self, person: str):
        form = urlencode({"csrfmiddlewaretoken": TOKEN})
        status, _ = self.ask("POST", "/accounts/logout/", form, self.people[person])
        assert status == 302

    def give_token(self, person: str) -> str:
        """Give somebody's token for the API, which is made if there is none."""
        key = token_of(person)
        self.database.execute(
            "INSERT INTO authtoken_token (key, created, user_id) SELECT"
            f" '{key}', CURRENT_TIMESTAMP, id FROM auth_user"
            f" WHERE username = '{person}' ON CONFLICT DO NOTHING"
        )
        return key

    def ask_by_token(self, person: str, path: str) -> str:
        """POST to the API as a program does; give the text of the answer."""
        token = f"Token {self.give_token(person)}"
        status, text = self.ask("POST", path, Authorization=token)
        assert status < 300, text
        return text

    def ticket(self, person: str) -> str:
        return json.loads(self.ask_by_token(person, "/api/ticket"))["ticket"]

    def end_token(self, person: str):
        self.ask_by_token(person, "/api/logout")

    def ask(self, method: str, path: str, body=None, session="", **headers):
        """Ask for a page, as somebody's browser would; give its status and its text."""
        connection = http.client.HTTPConnection(HOST, self.servers[0].port, timeout=30)
        headers = {
            "Cookie": f"csrftoken={TOKEN}; sessionid={session}",
            "Content-Type": "application/x-www-form-urlencoded",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def open(self, place: int, person: str, number: int, by_token: bool = False):
        """Open a tab: at place 0 the checklist, at 1 and 2 a room, at 3 a shared list.

        That is the list of the first person. Raises InvalidStatus for a stranger.
        """
        self.log_in(person)
        server = self.servers[number % len(self.servers)]
        session = self.people[person]
        ticket = partial(self.ticket, person) if by_token else None
        if place in (0, 3):
            owner = next(iter(self.people)) if place else None
            return ListTab(server, person, session, ticket, owner)
        return ChatTab(server, person, session, ROOMS[place - 1], ticket)

    def present(self) -> dict[str, int]:
        """How many rooms' sockets each person has open, as the database has it."""
        query = (
            "SELECT username, count(*) FROM chat_connection JOIN auth_user ON"
            " auth_user.id = user_id GROUP BY username"
        )
        return dict(self.rows(query))

    def checklist(self, person: str) -> list:
        """What the database has, as a page shows it."""
        tasks = self.rows(
            "SELECT t.id, t.name FROM checklist_task t JOIN auth_user u"
            f" ON u.id = t.user_id WHERE username = '{person}' ORDER BY t.id"
        )
        items = self.rows(
            "SELECT task_id, i.id, name, username FROM checklist_item i"
            " LEFT JOIN auth_user u ON u.id = done_by_id ORDER BY i.id"
        )
        return [
            [pk, name, [[i, n, by] for t, i, n, by in items if t == pk]]
            for pk, name in tasks
        ]

    def version(self, person: str) -> int:
        found = self.rows(
            "SELECT version FROM checklist_checklist c JOIN auth_user u"
            f" ON u.id = c.user_id WHERE username = '{person}'"
        )
        return found[0][0] if found else 0

    def messages(self, room: str) -> list[tuple[str, str]]:
        return self.rows(
            "SELECT username, message FROM chat_message m JOIN auth_user u ON u.id ="
            f" m.user_id JOIN chat_room r ON r.id = room_id WHERE r.name = '{room}'"
            " ORDER BY m.id"
        )

    def complaints(self) -> str:
        """What the servers have written since the beginning that they should not."""
        with self.log.open("rb") as log:
            log.seek(self.seen)
            text = log.read().decode("utf-8", "replace")
        bad = ("Traceback", "could not be", "not broadcast")
        return text if any(each in text for each in bad) else ""

    def until(self, condition, seconds: float = 30):
        """Wait until a condition holds. Raises TimeoutError."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError
            time.sleep(0.01)

"""What was lost is counted, and told by the exit code."""

from types import SimpleNamespace

import psycopg
import pytest

from tools.live import fault_injection

# What the report asks the database about: alice has one task and said one thing.
TABLES = """
CREATE TABLE auth_user AS SELECT 1 AS id, 'alice' AS username;
CREATE TABLE checklist_task AS SELECT 7 AS id, 1 AS user_id, 'Buy bread' AS name;
CREATE TABLE chat_message AS SELECT 'Hello' AS message;
CREATE TABLE chat_connection AS SELECT 1 AS id;
"""


@pytest.fixture(scope="module")
def server(database_server):
    with psycopg.connect(database_server.url) as database:
        database.execute(TABLES)
    return database_server


class Page(SimpleNamespace):
    """A page that heard what we say, without a server."""

    async def close(self):
        pass


class Told(fault_injection.Drive):
    """A run in which nothing breaks and nobody writes."""

    def __init__(self, live, crowd):
        self.live = live
        self.lists = [Page(name="alice", tasks={7: "Buy bread"}, saved={7})]
        self.chats = [Page(name="alice", here={"alice"}, saved={"Hello"})]
        self.pages = [*self.lists, *self.chats]

    async def all_ready(self, seconds=60):
        pass

    async def write(self):
        pass

    async def faults(self):
        pass


def all_is_well(run):
    pass


def lost_task(run):
    run.lists[0].saved = {7, 8}


def lost_message(run):
    run.chats[0].saved = {"Hello", "Bob?"}


def wrong_page(run):
    run.lists[0].tasks = {7: "Buy wine"}


def ghost(run):
    run.chats.append(Page(name="alice", here={"alice", "bob"}, saved=set()))


def nothing_acknowledged(run):
    for page in [*run.lists, *run.chats]:
        page.saved = set()


@pytest.mark.parametrize(
    ("plant", "code", "told"),
    [
        (all_is_well, 0, "Of these lost: 0 \nPages that are wrong: 0 "),
        (lost_task, 1, "Of these lost: 1 [8]"),
        (lost_message, 1, "Of these lost: 1 ['Bob?']"),
        (wrong_page, 1, "Pages that are wrong: 1 "),
        (ghost, 1, "Ghosts in the chat: 2 "),
        (nothing_acknowledged, 1, "Acknowledged to somebody: 0."),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_report_counts(server, monkeypatch, capsys, plant, code, told):
    class Planted(Told):
        def __init__(self, *args):
            super().__init__(*args)
            plant(self)

    monkeypatch.setattr(fault_injection, "Drive", Planted)
    monkeypatch.setattr(fault_injection, "make_crowd", lambda live, people: {})
    monkeypatch.setattr(fault_injection, "HEALED", 0)
    monkeypatch.setattr(fault_injection, "GONE", 0)

    assert await fault_injection.drive(SimpleNamespace(postgres=server), 1) == code
    assert told in capsys.readouterr().out


async def test_count_that_becomes_none_is_waited_for():
    counts = iter([2, 1, 0])

    left, _ = await fault_injection.until_none(lambda: next(counts), 30)

    assert left == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("--people 0", "at least one person and one worker"),
        ("--workers -1", "at least one person and one worker"),
        ("--people many", "invalid int value: 'many'"),
    ],
)
def test_bad_number_is_refused(text, said, capsys):
    with pytest.raises(SystemExit) as caught:
        fault_injection.parse(text.split())

    assert caught.value.code == 2
    assert said in capsys.readouterr().err

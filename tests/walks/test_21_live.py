"""Walks of docs/21_live.md."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack

import pytest
import requests

from tests.walks.stage import answer
from tools.chain.steps import ROOT, find_step
from tools.live.system import Live
from tools.servers.demo_users import MAKE_PEOPLE
from tools.servers.step_server import HOST, answers, free_port

STEP_BEFORE, STEP = "20_shares", "21_live"
WIDE = {"width": 560, "height": 430}
CHAT, CHECKLIST = "/chat/lunch/", "/checklist/"
UPGRADE = [
    "        proxy_set_header Upgrade $http_upgrade;\n",
    "        proxy_set_header Connection $connection_upgrade;\n",
]
SCALE = [
    "--people 500 --changes 60",
    "--people 500 --changes 60 --processes 2",
    "--people 100 --changes 20 --together",
    "--people 100 --changes 20 --together --processes 3",
]
# What differs from run to run in what `nox -s live` prints.
NUMBERS = [
    (r"\d+ pages had to come back.*", "15 pages had to come back, 2.7 to 7.2 s later"),
    (r"somebody: \d+\.", "somebody: 900."),
    (r"after \d+\.\d s", "after 0.0 s"),
]
# The same of what `nox -s live -- --open` prints: the proxy, the workers, Redis.
PORTS = ["8443", "8001", "8002", "8003", "6379"]
WITHOUT_PORT = """port => document.querySelectorAll("td").forEach((cell) => {
  cell.textContent = cell.textContent.replace(port, ":8000/");
})"""
WATCH = """status => {
  window.seen = [];
  new MutationObserver(() => seen.push([status.textContent, performance.now()]))
    .observe(status, { childList: true, characterData: true, subtree: true });
}"""
MAKE_ROOM = """
from chat.models import Room
Room.objects.create(name="lunch")
"""
LOCK_ROW = """
from chat.models import Room
room, _ = Room.objects.get_or_create(name="hall")
print(Room.objects.select_for_update().get(pk=room.pk))
"""


@pytest.fixture(scope="module")
def start_live(tmp_path_factory):
    """Start the whole system, with people; `edits` are texts to leave out of a file."""
    with ExitStack() as stack:

        def start(workers=3, **edits):
            folder = tmp_path_factory.mktemp("live")
            live = Live(find_step(STEP), folder, workers)
            for path, texts in edits.items():
                leave_out(live.app / path.replace("_conf", ".conf"), texts)
            stack.enter_context(live)
            live.manage("shell", "--no-imports", "--command", MAKE_PEOPLE + MAKE_ROOM)
            return live

        yield start


def leave_out(path, texts):
    text = path.read_text("utf-8")
    for each in texts:
        assert text.count(each) == 1
        text = text.replace(each, "")
    path.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def whole(start_live):
    return start_live()


@pytest.fixture
def live(whole):
    """The whole system; a worker that a test has ended is there again for the next."""
    yield whole
    for number, worker in enumerate(whole.workers):
        if worker.poll() is not None:
            whole.start_worker(number)


@pytest.fixture
def enter(stage):
    """Let somebody in through the proxy: its certificate is known to no browser."""

    def enter(live, name, path):
        person = stage.person(live, ignore_https_errors=True)
        person.log_in(name, path)
        return person

    return enter


def lines(live, number):
    """What a worker has logged since it was started: an object a line."""
    found = live.log(number).rpartition("Started server process")[2].split("\n")
    return [json.loads(line) for line in found if line.startswith("{")]


def sockets(live, number, path):
    """How many sockets a worker has open at a path."""
    told = [line["message"] for line in lines(live, number) if line.get("path") == path]
    return told.count("connect") - told.count("disconnect")


def where(live, path):
    """Give the workers at which sockets are open at a path."""
    running = [n for n, worker in enumerate(live.workers) if worker.poll() is None]
    return [n for n in running if sockets(live, n, path)]


def apart(live, one, other, page):
    """Open a page twice, at two workers; give the worker of the second."""
    path = f"/ws{page}"
    for number in range(20):
        one.go(page)
        first = only_one(live, path)
        one.wait_until_connected()
        # The proxy takes the workers in turn: other requests move whose turn it is.
        for _ in range(number):
            one.page.evaluate("fetch('/health/').then(() => null)")
        other.go(page)
        other.wait_until_connected()
        if others := [n for n in where(live, path) if n != first]:
            return others[0]
        leave(live, path, one, other)
    raise AssertionError("both pages are always at one worker")


def leave(live, path, *people):
    """Go elsewhere, and wait until no socket is left at a path."""
    for person in people:
        person.go("/")
    until = time.monotonic() + 30
    while where(live, path):
        assert time.monotonic() < until
        time.sleep(0.05)


def only_one(live, path):
    """Wait until one worker alone has a socket at a path; give that worker."""
    until = time.monotonic() + 30
    while len(found := where(live, path)) != 1:
        assert time.monotonic() < until, found
        time.sleep(0.05)
    return found[0]


pytestmark = pytest.mark.usefixtures("needs_everything")


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("21"))


def test_whole_system_loses_nothing(recorder):
    command = [sys.executable, "-m", "tools.live.fault_injection"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    printed = done.stdout
    for pattern, instead in NUMBERS:
        printed = re.sub(pattern, instead, printed)
    recorder.text("live.txt", re.sub(r"(?m) +$", "", printed))


def test_open_system_says_where_it_is(stage, recorder):
    stage.copy(STEP, stage.folder).rename(stage.folder / "mychat")
    command = [sys.executable, "-m", "tools.live.fault_injection"]
    command += ["--from", str(stage.folder), "mychat", "--open"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    stage.stack.callback(process.wait)
    stage.stack.callback(process.terminate)
    printed = ""
    for line in process.stdout:
        printed += line
        if "Ctrl-C" in line:
            break

    found = dict.fromkeys(re.findall(r"(?:localhost:|port )(\d+)", printed))
    for port, instead in zip(found, PORTS, strict=True):
        printed = printed.replace(f":{port}/", f":{instead}/")
        printed = re.sub(rf"port {port} +", f"port {instead}   ", printed)
    printed = re.sub(r"Logs  .*/", "Logs  /tmp/live-1/", printed)
    pids = iter(range(4001, 5000))
    printed = re.sub(r"kill -9 \d+", lambda _: f"kill -9 {next(pids)}", printed)
    recorder.text("open.txt", printed)


@pytest.fixture
def bare(stage):
    """Step 19 as uvicorn starts it, without anything else."""
    folder = stage.copy(STEP_BEFORE, stage.folder)
    migrate = [sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(migrate, cwd=folder, check=True)
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "core.asgi:application"]
    log = (folder / "log.txt").open("w")
    process = subprocess.Popen(
        [*command, "--port", str(port)], cwd=folder, stdout=log, stderr=log
    )
    stage.stack.callback(process.wait)
    stage.stack.callback(process.terminate)
    assert answers(port, process)
    process.address, process.log = f"http://{HOST}:{port}/", folder / "log.txt"
    return process


def test_step_before_is_naked_and_talks_too_much(bare, stage, recorder):
    visitor, curious = [stage.person(bare, viewport=WIDE) for _ in range(2)]
    visitor.go("/")
    visitor.page.get_by_label("Username").wait_for()
    curious.go("/nothing-here/")
    curious.page.get_by_role("heading", name="Page not found").wait_for()

    for person in (visitor, curious):
        port = bare.address.rpartition(":")[2].strip("/")
        person.page.evaluate(WITHOUT_PORT, f":{port}/")
    people = {"The login page": visitor, "A page that is not there": curious}
    recorder.picture("naked", people)
    missing = re.search(r'"GET /static/core/style.css.*', bare.log.read_text("utf-8"))
    assert missing[0].startswith('"GET /static/core/style.css HTTP/1.1" 404')


def test_simulation_tells_how_many_people_fit(recorder):
    told = ""
    for arguments in SCALE:
        command = [sys.executable, "-m", "tools.live.capacity", *arguments.split()]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        told += f"$ nox -s scale -- {arguments}\n"
        told += "".join(done.stdout.splitlines(keepends=True)[1:])
    recorder.text("scale.txt", told)


def test_killed_worker_is_noticed_by_nobody_who_chats(live, enter, recorder):
    alice, bob = enter(live, "alice", "/"), enter(live, "bob", "/")
    bobs = apart(live, alice, bob, CHAT)
    bob.say("Is this thing on?")
    alice.sees("Is this thing on?")

    live.stop_worker(bobs, signal.SIGKILL)
    alice.say("One of three is gone.")
    for person in (alice, bob):
        person.sees("One of three is gone.")
    bob.wait_until_connected()
    bob.say("Which one?")

    for person in (alice, bob):
        person.sees("Which one?")
        assert [line for line in person.log if "left" in line] == []
    assert alice.address.startswith("https://")
    recorder.picture("live", {"Alice, at one worker": alice, "Bob, at another": bob})


def test_list_follows_while_a_worker_is_killed(live, enter, recorder):
    one, other = enter(live, "alice", "/"), enter(live, "alice", "/")
    others = apart(live, one, other, CHECKLIST)
    other.hears("task.list")
    del other.frames[: len(other.frames) - 1]
    one.add_task("Buy bread")
    other.row("task", "Buy bread").wait_for()
    other.hears("Buy bread")

    live.stop_worker(others, signal.SIGKILL)
    one.add_task("Bake a cake")
    other.row("task", "Bake a cake").wait_for()
    other.hears("Bake a cake")

    recorder.frames("frames.txt", {"the second tab": other})


def test_worker_that_restarts_sends_its_pages_away_for_a_while(live, enter):
    bob = enter(live, "bob", "/checklist/")
    bob.wait_until_connected()
    number = only_one(live, f"/ws{CHECKLIST}")

    bob.page.get_by_text("Connected").evaluate(WATCH)

    live.stop_worker(number)
    bob.page.get_by_text("Offline").wait_for()
    bob.wait_until_connected()

    seen = bob.page.evaluate("seen")
    assert 2_400 < seen[-1][1] - seen[0][1] < 15_000, seen
    bob.add_task("Still here")
    bob.row("task", "Still here").wait_for()


def test_page_is_served_over_https_with_all_it_needs(live, enter):
    failed = []
    bob = enter(live, "bob", "/")
    bob.page.on("response", lambda r: failed.append(r.url) if r.status >= 400 else None)
    bob.go("/checklist/")
    bob.wait_until_connected()

    assert failed == []
    style = bob.page.locator("link[rel=stylesheet]").first.get_attribute("href")
    assert re.fullmatch(r"/static/core/style\.[0-9a-f]{12}\.css", style)
    cookies = {each["name"]: each["secure"] for each in bob.page.context.cookies()}
    assert cookies == {"sessionid": True, "csrftoken": True}
    refused = bob.page.goto(f"{live.address}nothing-here/")
    assert refused.status == 404
    assert "urlpatterns" not in bob.page.content()


def test_health_tells_what_is_down(live, recorder):
    def ask():
        authority = str(live.folder / "authority.pem")
        answer = requests.get(f"{live.address}health/", verify=authority, timeout=30)
        return f"{answer.status_code} {answer.text}\n"

    told = ask()
    live.stop_redis()
    told += ask()
    live.start_redis()
    assert ask().startswith("200")
    recorder.text("health.txt", told)


def test_log_says_how_many_frames_a_socket_sent(live, enter, recorder):
    path = f"/ws{CHAT}"
    before = [len(live.log(number)) for number in range(len(live.workers))]
    alice = enter(live, "alice", CHAT)
    alice.wait_until_connected()
    number = only_one(live, path)
    alice.say("nobody else's business")
    alice.sees("nobody else's business")
    leave(live, path, alice)

    text = live.log(number)[before[number] :]
    assert "business" not in text
    told = [line for line in text.split("\n") if f'"{path}"' in line]
    text = re.sub(
        r'"asctime": "[^"]*"', '"asctime": "2026-11-22 12:00:00,000"', told[-1]
    )
    text = re.sub(r'"slowest": [\d.]+', '"slowest": 9.1', text)
    # A page also pings when it comes into view.
    text = re.sub(r'"frames": \d+', '"frames": 2', text)
    text = re.sub(r'"user": \d+', '"user": 1', text)
    said = [json.loads(line)["message"] for line in told]
    assert said == ["connect", "disconnect"]
    recorder.text("log.json", f"{text}\n")


def test_row_cannot_be_locked_outside_a_transaction(live, stage, recorder):
    with pytest.raises(subprocess.CalledProcessError) as caught:
        live.manage("shell", "--no-imports", "--command", LOCK_ROW)
    told = caught.value.stderr.strip().rpartition("\n")[2]

    server = stage.serve(STEP)
    assert "hall" in server.manage("shell", "--no-imports", "--command", LOCK_ROW)
    recorder.text("locked.txt", f"{told}\n")


def test_proxy_without_two_headers_ends_every_socket(start_live, enter, recorder):
    live = start_live(1, nginx_conf=UPGRADE)
    alice = enter(live, "alice", "/checklist/")
    alice.page.get_by_text("Offline").wait_for()

    (line,) = [x for x in lines(live, 0) if "Not Found: /ws/" in x["message"]][:1]
    recorder.text("no_upgrade.txt", f"{line['levelname']} {line['message']}\n")


def test_files_that_nobody_collected_break_every_page(start_live, recorder):
    live = start_live(1)
    live.stop_worker(0)
    shutil.rmtree(live.app / "static")
    live.start_worker(0)

    authority = str(live.folder / "authority.pem")
    address = f"{live.address}accounts/login/"
    assert requests.get(address, verify=authority, timeout=30).status_code == 500
    (line,) = [x for x in lines(live, 0) if "exc_info" in x][:1]
    told = line["exc_info"].strip().rpartition("\n")[2]
    recorder.text("uncollected.txt", f"{told}\n")


def test_answer_leaves_lines_out_of_the_log(stage):
    (line,) = [code.strip("\n") for _, code in answer(STEP, "python")]
    old = '    "root": {"handlers": ["lines"], "level": "INFO"},'
    folder = stage.copy(STEP, stage.folder, {"core/live.py": [(old, line)]})
    code = "import core.asgi, logging; logging.info('told'); logging.warning('warned')"
    variables = {
        "SECRET_KEY": "x",
        "ALLOWED_HOSTS": "x",
        "DATABASE_URL": "postgres://x",
    }

    def printed(**more):
        env = os.environ | variables | {"REDIS_URL": "redis://x"} | more
        command = [sys.executable, "-c", code]
        done = subprocess.run(
            command, cwd=folder, env=env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stderr

    assert "told" in printed()
    quiet = printed(LOG_LEVEL="WARNING")
    assert "warned" in quiet
    assert "told" not in quiet

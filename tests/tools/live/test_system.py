"""What `nox -s live` starts is what compose.yaml and nginx.conf of the last step say."""

import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
import requests
import yaml

from tests.helpers.step_run import posix
from tests.load.crowd import connect
from tools.chain.cli import Refused
from tools.chain.steps import ROOT, all_steps
from tools.live import fault_injection, measure_costs
from tools.live import system as module
from tools.live.system import Live, find_nginx
from tools.servers.missing_program import MissingProgram

STEP = all_steps()[-1]
LOG_IN = """
from django.contrib.auth import get_user_model
from django.test import Client
client = Client()
client.force_login(get_user_model().objects.create(username="reader"))
print(client.cookies["sessionid"].value)
"""


@pytest.fixture
def described():
    """What compose.yaml says of the application."""
    text = (STEP.folder / "compose.yaml").read_text("utf-8")
    return yaml.safe_load(text)["services"]["web"]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with Live(STEP, tmp_path_factory.mktemp("live"), workers=1) as live:
        yield live


@pytest.fixture
def folder():
    """A folder that PostgreSQL may enter as well, when we are root."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def live(needs_everything, request):
    return request.getfixturevalue("running")


def test_worker_has_the_environment_of_compose(live, described):
    worker = psutil.Process(live.workers[0].pid)
    ours = os.environ.keys() | {"PYTEST_CURRENT_TEST"}
    given = {k: v for k, v in worker.environ().items() if k not in ours}

    assert set(given) == set(described["environment"])
    assert given["DJANGO_SETTINGS_MODULE"] == "core.live"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("core.live", "core.live"),
        ("${ANSWER_URL:-}", ""),
        ("${ANSWER_KEY:-none}", "none"),
        ("${ANSWER_MODEL:-none}", "parrot"),
        ("${SECRET_KEY:?a long random text}", ""),
        (
            "postgres://app:${PASSWORD:?a password}@postgres/app",
            "postgres://app:@postgres/app",
        ),
    ],
)
def test_variables_of_compose_are_put_in_as_docker_does(monkeypatch, text, expected):
    for name in ("ANSWER_URL", "ANSWER_KEY", "SECRET_KEY", "PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANSWER_MODEL", "parrot")

    assert module.expanded(text) == expected


def test_worker_has_the_command_of_compose(live, described):
    words = shlex.split(described["command"])
    words[words.index("0.0.0.0")] = "127.0.0.1"
    words[words.index("8000")] = str(live.ports[0])

    assert psutil.Process(live.workers[0].pid).cmdline()[-len(words) :] == words


def test_costs_are_measured_over_real_sockets(live, monkeypatch):
    for name, number in {"MANY": 3, "COUNT": 5, "TIMES": 1}.items():
        monkeypatch.setattr(measure_costs, name, number)

    change, delivery, ping = measure_costs.costs(live)

    assert change + delivery > 0
    assert ping > 0


@pytest.fixture
def browse(live):
    """Ask the proxy for an address as a stranger's browser does."""
    session = requests.Session()
    session.trust_env = False  # a bundle of the environment's would win over ours
    session.verify = str(live.folder / "authority.pem")

    def browse(path, **options):
        return session.get(live.address + path, allow_redirects=False, **options)

    browse.session = session
    return browse


def test_page_may_load_what_comes_from_us_and_nothing_else(browse):
    policy = browse("accounts/login/").headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy


def test_list_of_all_static_files_is_nobodys_business(live, browse):
    assert (live.app / "static/staticfiles.json").exists()
    assert browse("static/staticfiles.json").status_code == 404


def test_passwords_are_not_tried_for_long(browse):
    page = browse("accounts/login/")
    token = page.cookies["csrftoken"]

    def attempt(number):
        return browse.session.post(
            page.url,
            # Five tries for one name are too many for the application already.
            {"username": f"{number}", "password": "x", "csrfmiddlewaretoken": token},
            headers={"Referer": page.url},
        ).status_code

    def attempt_by_rest(number):
        url = page.url.replace("accounts/login/", "api/login")
        data = {"username": f"rest {number}", "password": "x"}
        return browse.session.post(url, json=data).status_code

    # All at once: on a slow machine each would take so long that another may follow.
    with ThreadPoolExecutor(20) as pool:
        answered = Counter(pool.map(attempt, range(20)))
        # What the form has used up is used up for programs, too.
        by_rest = Counter(pool.map(attempt_by_rest, range(10)))

    assert answered[429] >= 5
    assert answered[200] >= 10
    assert by_rest.keys() <= {400, 429}
    assert by_rest[429] >= 5
    assert browse("accounts/login/").status_code == 200


async def test_frames_are_not_unfolded_whatever_a_client_asks_for(live):
    """A kilobyte that is compressed may be a megabyte."""
    session = live.manage("shell", "--no-imports", "--command", LOG_IN).strip()

    async with await connect(live, "ws/checklist/", session) as socket:
        assert (
            "permessage-deflate" in socket.request.headers["Sec-WebSocket-Extensions"]
        )
        assert "Sec-WebSocket-Extensions" not in socket.response.headers


def test_client_cannot_choose_the_address_that_the_log_shows(live, browse):
    browse("accounts/login/", headers={"X-Forwarded-For": "203.0.113.9"})

    assert "/accounts/login/" in live.log(0)
    assert "203.0.113.9" not in live.log(0)


def test_database_ends_what_waits_for_long(live):
    code = "from django.db import connection as c; cursor = c.cursor()\n"
    code += "for name in ('lock_timeout', 'statement_timeout'):\n"
    code += "    cursor.execute(f'SHOW {name}'); print(cursor.fetchone()[0])"

    shown = live.manage("shell", "--no-imports", "--command", code)

    assert shown.split() == ["3s", "10s"]


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="Windows halts no process")
def test_worker_that_hangs_holds_up_one_page(needs_everything, folder):
    with Live(STEP, folder, workers=2) as live, requests.Session() as session:
        session.trust_env = False
        session.verify = str(live.folder / "authority.pem")
        live.workers[0].send_signal(signal.SIGSTOP)
        try:
            pages = [session.get(f"{live.address}accounts/login/") for _ in range(8)]
        finally:
            live.workers[0].send_signal(signal.SIGCONT)

    assert {page.status_code for page in pages} == {200}
    waited = [page.elapsed.total_seconds() > 9 for page in pages]
    assert waited.count(True) == 1


def test_as_many_workers_as_compose_has_replicas(described):
    assert fault_injection.parse([]).workers == described["deploy"]["replicas"]


@pytest.mark.parametrize("lost", ["server web:8000", "listen 443", "/etc/nginx/tls"])
def test_proxy_that_lost_a_line_does_not_start(needs_everything, tmp_path, lost):
    live = Live(STEP, tmp_path)
    path = live.app / "nginx.conf"
    path.write_text(path.read_text("utf-8").replace(lost, ""), "utf-8")

    with pytest.raises(Refused, match="nginx.conf has no"):
        live._start_proxy()


def test_machine_without_nginx_says_how_to_get_one(monkeypatch):
    monkeypatch.setattr(module.shutil, "which", lambda name, **kwargs: None)

    with pytest.raises(MissingProgram, match="apt install nginx"):
        find_nginx()


@posix
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_stopped_system_leaves_nothing_behind(needs_everything, folder, sign):
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tools.live.fault_injection",
            "--open",
            "--workers",
            "1",
        ],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    for line in process.stdout:
        if "Ctrl-C" in line:
            break
    family = psutil.Process(process.pid).children(recursive=True)
    # Ctrl-C reaches all that a terminal has in the foreground.
    os.killpg(process.pid, sign) if sign == signal.SIGINT else process.send_signal(sign)

    assert process.wait(60) == 0
    assert len(family) >= 4
    assert psutil.wait_procs(family, timeout=30)[1] == []
    assert [*folder.iterdir()] == []

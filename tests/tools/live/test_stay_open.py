"""What somebody kills in the open system is started again, and said."""

import os
import re
import shutil
import signal
import subprocess
import sys

import pytest
import requests

from tools.chain.steps import ROOT, all_steps
from tools.live.stay_open import PAUSE, look_after
from tools.live.system import Part
from tools.servers.demo_users import PASSWORD

STEP = all_steps()[-1]


class Fake:
    """A part that runs unless it is killed, without a process."""

    def __init__(self):
        self.pids = 7
        self.runs = True
        self.part = Part("worker 1", 8000, lambda: self.runs and self.pids, self.start)

    def start(self):
        self.pids, self.runs = 8, True


def test_part_that_runs_is_left_alone():
    assert look_after([Fake().part], {}, 100) == []


def test_killed_part_is_told_once_and_started_after_a_pause():
    fake, gone = Fake(), {}
    fake.runs = False

    assert look_after([fake.part], gone, 100) == ["  worker 1 is gone."]
    assert look_after([fake.part], gone, 99 + PAUSE) == []
    assert not fake.runs
    (line,) = look_after([fake.part], gone, 100 + PAUSE)

    assert line == "    worker 1  port 8000   kill -9 8   (started again)"
    assert look_after([fake.part], gone, 101 + PAUSE) == []


@pytest.fixture(scope="module")
def kept_open(tmp_path_factory):
    """Keep a project of one's own open; give its folder, its process and what it printed."""
    folder = tmp_path_factory.mktemp("home")
    mine = shutil.copytree(STEP.folder, folder / "mychat")
    login = mine / "core/templates/registration/login.html"
    text = login.read_text("utf-8").replace("Log in</button>", "My own</button>")
    login.write_text(text, "utf-8")
    command = [sys.executable, "-m", "tools.live.fault_injection", "--open"]
    command += ["--workers", "2", "--from", str(folder), "mychat"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        printed = "".join(iter(process.stdout.readline, "  Stop  with Ctrl-C\n"))
        yield mine, process, printed
    finally:
        process.terminate()
        process.communicate(timeout=60)


@pytest.fixture
def opened(needs_everything, request):
    return request.getfixturevalue("kept_open")


def log_in(address: str, name: str) -> int:
    """Log in as a page's form does; give the status that answers."""
    login = f"{address}accounts/login/"
    with requests.Session() as session:
        page = session.get(login, verify=False, timeout=30).text
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)', page)[1]
        data = {"csrfmiddlewaretoken": token, "username": name, "password": PASSWORD}
        answer = session.post(
            login,
            data,
            headers={"Referer": login},
            allow_redirects=False,
            verify=False,
            timeout=30,
        )
        return answer.status_code


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_own_project_is_open_for_both_people(opened):
    mine, _, printed = opened
    address = re.search(r"Open  (\S+)", printed)[1]

    page = requests.get(f"{address}accounts/login/", verify=False, timeout=30)

    assert "Starting mychat: " in printed
    assert "<button>My own</button>" in page.text
    assert f"alice or bob, password  {PASSWORD}" in printed
    assert [log_in(address, name) for name in ("alice", "bob")] == [302, 302]
    assert not (mine / "static").exists()


def test_killed_parts_come_back(opened):
    _, process, printed = opened
    pids = re.findall(r"kill -9 (\d+)", printed)

    for pid in pids:
        os.kill(int(pid), signal.SIGKILL)
    said = []
    while sum("started again" in line for line in said) < len(pids):
        said.append(process.stdout.readline())

    told = "".join(said)
    assert sorted(re.findall(r"(\w[\w ]*) is gone", told)) == [
        "Redis",
        "worker 1",
        "worker 2",
    ]
    assert not {*pids} & {*re.findall(r"kill -9 (\d+)", told)}

"""The page “Take it with you” holds: what it copies and writes makes a project that works."""

import asyncio
import re
import subprocess
import sys
from contextlib import contextmanager

import pytest
import websockets

from tools.chain.steps import ROOT, all_steps
from tools.servers.step_server import HOST, answers, free_port, running

PAGE = (ROOT / "docs/take_it_with_you.md").read_text("utf-8")
FILES = re.findall(r"^\| `([\w/]+\.py)` \|", PAGE, re.MULTILINE)
BLOCKS = re.findall(
    r'^```\w+ title="(.*?)"\n(.*?)^```$', PAGE, re.MULTILINE | re.DOTALL
)
OWN = {name: text for name, text in BLOCKS if name.endswith(".py")}
FRAMES = {name: text.splitlines() for name, text in BLOCKS if name not in OWN}
LAST_LINE = "application = get_asgi_application()\n"
LOG_IN = """
from django.contrib.auth import get_user_model
from django.test import Client
client = Client()
client.force_login(get_user_model().objects.create_user("alice"))
print(client.cookies["sessionid"].value)
"""


def run(*args):
    done = subprocess.run(
        [sys.executable, *args], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project, with what the page copies and writes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
    run("-m", "django", "startproject", "core", ".")
    run("manage.py", "startapp", "notes")
    for path in FILES:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        text = (all_steps()[-1].folder / path).read_text("utf-8")
        (tmp_path / path).write_text(text, "utf-8")
    for path, text in OWN.items():
        file = tmp_path / path
        before = file.read_text("utf-8") if file.exists() else ""
        if path == "core/asgi.py":
            assert before.endswith(f"\n{LAST_LINE}")
            text = before.removesuffix(LAST_LINE) + text
        elif path == "core/settings.py":
            text = before + text
        file.write_text(text, "utf-8")
    run("manage.py", "makemigrations", "notes")
    run("manage.py", "migrate")
    return tmp_path


@contextmanager
def server(folder):
    port = free_port()
    command = ["manage.py", "runserver", "--noreload", f"{HOST}:{port}"]
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=folder, stdout=log, stderr=log
        )
        with running(process):
            assert answers(port, process), (folder / "log.txt").read_text()
            yield f"{HOST}:{port}"


def open_tab(place, session):
    return websockets.connect(
        f"ws://{place}/ws/notes/",
        origin=f"http://{place}",
        additional_headers={"Cookie": f"sessionid={session}"},
    )


async def talk(place, session):
    """Send what the page sends; give what each tab receives, as the page shows it."""
    async with (
        open_tab(place, session) as first,
        open_tab(place, session) as second,
        asyncio.timeout(60),
    ):
        told = {"the first tab": [], "the second tab": []}
        for line in FRAMES["the first tab"]:
            if line.startswith("→ "):
                await first.send(line[2:])
            told["the first tab"].append(
                line if line.startswith("→ ") else f"← {await first.recv()}"
            )
        for _ in FRAMES["the second tab"]:
            told["the second tab"].append(f"← {await second.recv()}")
        return told


async def test_project_serves_a_model_of_its_own(project):
    session = run("manage.py", "shell", "--no-imports", "-c", LOG_IN).strip()

    with server(project) as place:
        told = await talk(place, session)
        with pytest.raises(websockets.InvalidStatus):
            await open_tab(place, "nobody")

    assert told == FRAMES
    assert "Traceback" not in (project / "log.txt").read_text("utf-8")


def test_own_part_has_fewer_than_forty_lines():
    lines = [
        line
        for text in OWN.values()
        for line in text.splitlines()
        if line.strip() and not re.match(r"(from|import) ", line)
    ]

    assert len(OWN) == 4
    assert 20 < len(lines) < 40


@pytest.mark.parametrize("number", range(len(FILES)), ids=FILES)
def test_file_needs_only_those_above_it(number):
    text = (all_steps()[-1].folder / FILES[number]).read_text("utf-8")
    package = FILES[number].split("/")[0]
    needed = [
        f"{package}/{name}.py"
        for name in re.findall(r"^from \.(\w+)", text, re.MULTILINE)
    ]
    needed += [
        path.replace(".", "/") + ".py"
        for path in re.findall(
            r"^from ((?:core|once|chat|checklist)\.\w+)", text, re.MULTILINE
        )
    ]

    assert set(needed) <= set(FILES[:number])

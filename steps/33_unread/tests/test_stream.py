import asyncio
import json
import logging
import threading
from http.server import ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.test import AsyncClient
from redis import RedisError

from chat import answering
from chat.management.commands import slow_source
from chat.models import Message, Room
from chat.source import words

ANSWER = "/ws/chat/general/answer/"
SOUP = ["I", " like", " soup."]
STOPPED = "The answer was stopped."
NO_ANSWER = "There is no answer: its source broke off, or is not there."
KEY = "sesame-42"
HANG = object()
HOSTILE = ["", "{", "null", "[]", "[" * 100_000, '{"type": "answer.text"}', "\0"]
HOSTILE += ['{"message": "/ask me"}', '{"type": "ping"}', "x" * 65_000, b"", b"\xff"]


def chunk(word):
    return json.dumps({"choices": [{"delta": {"content": word}}]})


class Speaks(slow_source.Handler):
    """Say what the test wants: words, lines as they are, and pauses until an event."""

    def log_message(self, *args):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, dict(self.headers), json.loads(body)))
        self.send_response(self.server.status)
        self.end_headers()
        for each in [*self.server.says, self.server.end]:
            match each:
                case str():
                    self.wfile.write(f"data: {chunk(each)}\n\n".encode())
                case bytes():
                    self.wfile.write(each + b"\n\n")
                case threading.Event():
                    each.wait(10)
                case _:
                    self.connection.recv(1)  # gives nothing when whoever asks hangs up
                    return self.server.left.set()


@pytest.fixture
def source(settings):
    """A real server that speaks as language models do, and where it is."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Speaks)
    server.says, server.status, server.asked = SOUP, 200, []
    server.end = b"data: [DONE]"
    server.left = threading.Event()
    settings.ANSWER_URL = f"http://127.0.0.1:{server.server_port}/v1"
    settings.ANSWER_KEY, settings.ANSWER_MODEL = KEY, "parrot"
    threading.Thread(target=server.serve_forever, args=[0.05]).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def ask(source, open_socket):
    """Ask a question as a page does: as a message, and then by a socket of its own."""

    async def ask(tab, question="what is for lunch?", **options):
        await tab.send_json_to({"message": f"/ask {question}"})
        while (await tab.receive_json_from()).get("message") != f"/ask {question}":
            pass
        return await open_socket(ANSWER, **options)

    return ask


async def until_end(tab):
    """Give what a tab hears of an answer, and how that ends."""
    frames = [await tab.receive_json_from()]
    while frames[-1]["type"] != "answer.end":
        frames.append(await tab.receive_json_from())
    return frames[:-1], frames[-1]["error"]


async def test_answer_is_heard_word_by_word_by_the_whole_room(connect, bob, ask):
    alices, bobs = await connect(), await connect(user=bob)

    await ask(alices)
    assert (await bobs.receive_json_from())["message"] == "/ask what is for lunch?"

    for tab in (alices, bobs):
        (*texts, last), error = await until_end(tab)
        assert [frame["text"] for frame in texts] == ["I", "I like", "I like soup."]
        assert last == {
            "type": "chat.message",
            "version": 2,
            "user": "(server)",
            "message": "I like soup.",
        }
        assert error is None


async def test_socket_closes_when_its_answer_is_complete(connect, ask):
    answer = await ask(await connect())

    assert (await answer.receive_output(5))["type"] == "websocket.close"


async def test_late_joiner_sees_the_answer(connect, bob, ask):
    tab = await connect()
    await ask(tab)
    await until_end(tab)

    late = await connect(user=bob)

    assert [each["message"] for each in late.history] == [
        "/ask what is for lunch?",
        "I like soup.",
    ]


async def test_answer_is_another_rooms_secret(connect, bob, ask):
    await database_sync_to_async(Room.objects.create)(name="other")
    elsewhere = await connect("/ws/chat/other/", user=bob)
    tab = await connect()

    await ask(tab)
    await until_end(tab)

    assert await elsewhere.receive_nothing()


async def test_source_is_asked_as_language_models_are(connect, ask, source):
    tab = await connect()

    await ask(tab)
    await until_end(tab)

    ((path, headers, body),) = source.asked
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == f"Bearer {KEY}"
    messages = [{"role": "user", "content": "what is for lunch?"}]
    assert body == {"model": "parrot", "stream": True, "messages": messages}


async def test_what_is_no_word_is_skipped(connect, ask, source):
    empty = b'data: {"choices": []}'
    start = b'data: {"choices": [{"delta": {"role": "assistant", "content": null}}]}'
    source.says = [b": comment", empty, start, "Soup", b"event: x", "."]
    tab = await connect()

    await ask(tab)

    assert (await until_end(tab))[0][-1]["message"] == "Soup."


async def test_long_answer_is_cut_like_a_message(connect, ask, source):
    source.says = ["x" * 500, "y" * 500, HANG]
    tab = await connect()

    await ask(tab)

    frames, error = await until_end(tab)
    assert error is None
    assert frames[-1]["message"] == "x" * 500 + "y" * 12
    assert await asyncio.to_thread(source.left.wait, 5)


BROKEN = [
    b"data: {",
    b'data: {"error": {"message": "sesame-42"}}',
    b'data: {"choices": 5}',
]
BROKEN += [
    b'data: {"choices": [{"delta": {"content": 5}}]}',
    b"data: " + b"[" * 100_000,
]
BROKEN += [b'data: {"choices": [{"delta": {"content": "\\u0000"}}]}']


@pytest.mark.parametrize("line", BROKEN)
async def test_source_that_breaks_off_is_told_as_a_frame(
    connect, ask, source, caplog, line
):
    source.says = ["I", line]
    tab = await connect()

    await ask(tab)

    (first, *_), error = await until_end(tab)
    assert (first["text"], error) == ("I", NO_ANSWER)
    assert await Message.objects.acount() == 1
    assert [r.message for r in caplog.records if r.levelno == logging.ERROR] == [
        "An answer broke off"
    ]


async def test_end_in_the_middle_is_no_answer(connect, ask, source):
    source.end = b": nothing more"
    tab = await connect()

    await ask(tab)

    assert (await until_end(tab))[1] == NO_ANSWER
    assert await Message.objects.acount() == 1


@pytest.mark.parametrize(
    "says", [[], [" "], ["\ud800"]], ids=["nothing", "blank", "half a character"]
)
async def test_answer_that_cannot_be_saved_is_none(connect, ask, source, says):
    source.says = says
    tab = await connect()

    await ask(tab)

    assert (await until_end(tab))[1] == NO_ANSWER
    assert await Message.objects.acount() == 1


@pytest.mark.parametrize("url", ["", "nonsense", "http://127.0.0.1:1/v1", "http://["])
async def test_source_that_is_not_there_is_told_as_a_frame(connect, ask, settings, url):
    settings.ANSWER_URL = url
    tab = await connect()

    await ask(tab)

    assert await until_end(tab) == ([], NO_ANSWER)


@pytest.mark.parametrize(
    ("status", "key"), [(401, KEY), (500, KEY), (200, f"{KEY}\n"), (200, f"{KEY}é")]
)
async def test_key_and_address_are_in_no_log_and_no_frame(
    connect, ask, source, settings, caplog, status, key
):
    caplog.set_level(logging.INFO)
    settings.ANSWER_KEY, source.status = key, status
    tab = await connect()

    await ask(tab)
    frames, error = await until_end(tab)

    assert error == NO_ANSWER
    logged = caplog.text + str([vars(record) for record in caplog.records])
    for secret in (KEY, f":{source.server_port}", "parrot"):
        assert secret not in logged + str(frames)


async def test_address_is_not_logged_when_all_is_well(connect, ask, source, caplog):
    caplog.set_level(logging.INFO)
    tab = await connect()

    await ask(tab)
    await until_end(tab)

    assert f":{source.server_port}" not in caplog.text


async def test_answer_stops_when_its_asker_leaves(connect, bob, ask, source):
    source.says = ["I", HANG]
    alices, bobs = await connect(), await connect(user=bob)
    answer = await ask(alices)
    await bobs.receive_json_from()
    assert (await bobs.receive_json_from())["text"] == "I"

    await answer.disconnect()

    assert await until_end(bobs) == ([], STOPPED)
    assert await asyncio.to_thread(source.left.wait, 5)
    assert await Message.objects.acount() == 1


async def test_answer_stops_when_its_asker_asks_again(connect, ask, source):
    source.says = ["I", HANG]
    one, other = await connect(), await connect()
    first = await ask(one)
    assert (await one.receive_json_from())["text"] == "I"
    source.says = SOUP

    await ask(other, "and for dinner?")

    assert (await first.receive_output(5))["type"] == "websocket.close"
    assert (await until_end(one))[1] == STOPPED
    (*_, last), error = await until_end(one)
    assert (last["message"], error) == ("I like soup.", None)
    assert source.asked[1][2]["messages"][0]["content"] == "and for dinner?"


async def test_answer_is_not_stopped_by_its_own_question(
    connect, ask, source, monkeypatch
):
    go_on, heard = threading.Event(), asyncio.Event()
    asked_again = answering.AnswerConsumer.asked_again

    async def hear(consumer, event):
        await asked_again(consumer, event)
        heard.set()

    monkeypatch.setattr(answering.AnswerConsumer, "asked_again", hear)
    source.says = ["I", go_on, " like"]
    tab = await connect()
    await ask(tab)
    frame = await tab.receive_json_from()
    asker = await Message.objects.values_list("user", flat=True).aget(pk=frame["id"])
    event = {"type": "asked.again", "question": frame["id"]}

    await get_channel_layer().group_send(f"chat.asker.{asker}", event)
    await asyncio.wait_for(heard.wait(), 5)
    go_on.set()

    (*_, last), error = await until_end(tab)
    assert (last["message"], error) == ("I like", None)


async def test_two_people_are_answered_at_the_same_time(connect, bob, ask, source):
    source.says = ["I", HANG]
    alices, bobs = await connect(), await connect(user=bob)
    await ask(alices)
    assert (await alices.receive_json_from())["text"] == "I"
    source.says = SOUP

    await ask(bobs, user=bob)

    assert (await until_end(bobs))[1] is None


async def test_answer_stops_when_its_session_ends(connect, open_socket, alice, source):
    source.says = ["I", HANG]
    browser = AsyncClient()
    await browser.aforce_login(alice)
    tab = await connect(browser=browser)
    await tab.send_json_to({"message": "/ask what is for lunch?"})
    await tab.receive_json_from()
    answer = await open_socket(ANSWER, browser=browser)
    assert (await tab.receive_json_from())["text"] == "I"

    await Session.objects.all().adelete()

    close = await answer.receive_output(5)
    assert close == {"type": "websocket.close", "code": 4401}
    await answer.disconnect()  # as a server says then
    assert await asyncio.to_thread(source.left.wait, 5)


async def test_more_answers_than_turns_wait(connect, bob, ask, source, monkeypatch):
    monkeypatch.setattr(answering, "turns", asyncio.Semaphore(1))
    release = threading.Event()
    source.says = ["I", release]
    alices, bobs = await connect(), await connect(user=bob)
    await ask(alices)
    assert (await alices.receive_json_from())["text"] == "I"

    await ask(bobs, user=bob)
    await asyncio.sleep(0.3)

    assert len(source.asked) == 1
    release.set()
    for _ in range(2):
        assert (await until_end(alices))[1] is None
    assert len(source.asked) == 2


async def test_words_reach_a_tab_while_the_thread_is_busy(connect, ask, source):
    said, released = threading.Event(), threading.Event()
    source.says = ["I", said, " like", HANG]
    tab = await connect()
    await ask(tab)
    assert (await tab.receive_json_from())["text"] == "I"
    busy = asyncio.create_task(database_sync_to_async(released.wait)(10))
    await asyncio.sleep(0.1)

    said.set()

    assert (await tab.receive_json_from())["text"] == "I like"
    released.set()
    assert await busy


async def test_room_that_goes_away_ends_its_answer(connect, ask, source, room, caplog):
    said = threading.Event()
    source.says = ["I", said]
    tab = await connect()
    await ask(tab)
    assert (await tab.receive_json_from())["text"] == "I"

    await room.adelete()
    said.set()

    assert (await until_end(tab))[1] == NO_ANSWER
    assert "This room is gone." in caplog.text


async def test_socket_that_answers_reads_nothing(connect, ask, source):
    source.says = [HANG]
    answer = await ask(await connect())

    for frame in HOSTILE:
        kind = "bytes" if isinstance(frame, bytes) else "text"
        await answer.send_input({"type": "websocket.receive", kind: frame})
        error = await answer.receive_json_from()
        assert error["type"] == "error"


async def test_flood_of_the_socket_that_answers_is_refused(
    connect, ask, source, settings
):
    source.says = [HANG]
    # To get in costs one each, and so does the question.
    settings.FRAME_BURST, settings.FRAME_RATE = 4, 0.001
    tab = await connect()
    answer = await ask(tab)

    for text in ("This socket only answers.", "Too many frames. Wait a moment."):
        await answer.send_to(text_data="{}")
        assert (await answer.receive_json_from())["message"] == text


@pytest.mark.parametrize("text", ["/ask", "/ask ", "/asking", "ask me", "what? /ask x"])
async def test_message_that_asks_nothing_is_not_answered(connect, open_socket, text):
    tab = await connect()
    await tab.send_json_to({"message": text})
    assert (await tab.receive_json_from())["message"] == text.strip()

    with pytest.raises(ConnectionRefusedError):
        await open_socket(ANSWER)


async def test_nobody_answers_a_strangers_question(connect, open_socket, bob):
    tab = await connect()
    await tab.send_json_to({"message": "/ask what is for lunch?"})
    await tab.receive_json_from()

    for refused in (
        {"user": bob},
        {"user": None},
        {"origin": "http://kittens.example"},
        {"path": "/ws/chat/nowhere/answer/"},
    ):
        with pytest.raises(ConnectionRefusedError):
            await open_socket(**{"path": ANSWER} | refused)


async def test_visitor_gets_no_answer_to_the_servers_own_words(
    connect, open_socket, room
):
    await Message.objects.acreate(room=room, message="/ask what is for lunch?")

    with pytest.raises(ConnectionRefusedError):
        await open_socket(ANSWER, user=None)


async def test_question_is_checked_like_any_message(connect):
    tab = await connect()

    await tab.send_json_to({"message": "/ask " + "x" * 508})

    assert (await tab.receive_json_from())["type"] == "error"
    assert not await Message.objects.aexists()


async def test_slow_source_answers_word_by_word(settings, monkeypatch):
    monkeypatch.setattr(slow_source, "time", SimpleNamespace(sleep=lambda _: None))
    monkeypatch.setattr(slow_source.Handler, "log_message", lambda *args: None)
    server = ThreadingHTTPServer(("127.0.0.1", 0), slow_source.Handler)
    settings.ANSWER_URL = f"http://127.0.0.1:{server.server_port}/v1"
    threading.Thread(target=server.serve_forever, args=[0.05]).start()

    spoken = [word async for word in words(Message(message="/ask why me?"))]

    server.shutdown()
    server.server_close()
    assert len(spoken) > 8
    assert "".join(spoken).startswith(" You ask “why me?”")


async def test_other_threads_keep_connections_of_their_own(room):
    together = threading.Barrier(3, timeout=10)

    def count_and_wait():
        Room.objects.count()
        together.wait()
        try:
            return connection.connection
        finally:
            connection.close()

    tasks = [asyncio.to_thread(count_and_wait) for _ in range(3)]

    assert len({*map(id, await asyncio.gather(*tasks))}) == 3


async def test_database_that_is_away_ends_the_socket(connect, ask, monkeypatch, caplog):
    def away(self):
        raise OperationalError("the server closed the connection unexpectedly")

    monkeypatch.setattr(answering.AnswerConsumer, "find_question", away)

    with pytest.raises(ConnectionRefusedError):
        await ask(await connect())

    assert "for want of the database" in caplog.text
    assert "Traceback" not in caplog.text


async def test_word_that_redis_does_not_take_stops_no_answer(
    connect, ask, source, monkeypatch
):
    tab = await connect()
    layer = get_channel_layer()
    group_send = layer.group_send

    async def fail_once(group, event):
        if event.get("text") == "I":
            raise RedisError
        await group_send(group, event)

    monkeypatch.setattr(layer, "group_send", fail_once)
    await ask(tab)

    (*texts, last), error = await until_end(tab)
    assert [frame["text"] for frame in texts] == ["I like", "I like soup."]
    assert (last["message"], error) == ("I like soup.", None)

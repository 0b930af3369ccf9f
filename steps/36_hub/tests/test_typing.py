import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.db import connections
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator
from redis import RedisError

from checklist import models
from checklist.models import Checklist
from checklist.presence import voice
from checklist.schema import asyncapi

TYPING = {"type": "list.typing"}
READER = "You may read this list, but not change it."
ENDED = {"type": "websocket.close", "code": 4401}


@pytest.fixture
def look(open_list):
    """Open a list as a page that shows who is here."""

    async def look(**options):
        return await open_list(moments=True, **options)

    return look


async def hear_until(tab, type):
    """What a tab hears before a frame of this type, each as two words."""
    heard = []
    while (frame := await tab.receive_json_from())["type"] != type:
        heard.append(f"{frame['user']} {frame['type'].removeprefix('list.')}")
    return heard


@pytest.fixture
def heard(alice):
    """What each tab has heard by now, when nothing is on its way any more."""

    async def mark():
        """Tell the group something; what others said before it arrives before it."""
        while (saying := voice.task) and not saying.done():
            await asyncio.wait([saying])
        group = (await Checklist.objects.aget(user=alice)).group
        event = {"type": "list.moment", "frame": {"type": "mark", "user": "nobody"}}
        await get_channel_layer().group_send(group, event | {"group": group})

    async def heard(*tabs):
        for tab in tabs:
            await tab.send_json_to({"type": "nothing"})
        all_heard = [await hear_until(tab, "error") for tab in tabs]
        for _ in range(2):  # what was said, and what was answered to it
            await mark()
            for words, tab in zip(all_heard, tabs, strict=True):
                words += await hear_until(tab, "mark")
        return all_heard

    return heard


@pytest.fixture
def pair(look, heard, share, bob):
    """Alice's tab and Bob's, which know of each other."""

    async def pair(role="editor"):
        await sync_to_async(share)(bob, role)
        tabs = await look(), await look(user=bob)
        await heard(*tabs)
        return tabs

    return pair


@pytest.fixture
def clock(monkeypatch):
    """The time that buckets see, which stands still unless a test moves it."""
    now = [1000.0]
    monkeypatch.setattr("core.limits.monotonic", lambda: now[0])
    return now


async def test_newcomer_and_the_others_are_told_of_each_other(
    look, heard, share, bob, carol
):
    for user in bob, carol:
        await sync_to_async(share)(user)
    hers, his = await look(), await look(user=bob)
    await heard(hers, his)

    newcomer = await look(user=carol)

    told, told_too, answered = await heard(hers, his, newcomer)
    assert told == told_too == ["carol here"]
    assert sorted(answered) == ["alice here", "bob here"]


async def test_own_name_is_told_to_no_tab(look, heard, share, bob):
    await sync_to_async(share)(bob)
    tabs = [await look(), await look()]
    await heard(*tabs)

    his = await look(user=bob)

    told = await heard(*tabs, his)
    assert told == [["bob here"], ["bob here"], ["alice here"] * 2]


async def test_list_that_is_shared_later_says_who_comes(look, heard, answer, bob):
    hers = await look()

    frame = {"type": "member.create", "user": "bob", "role": "reader"}
    assert (await answer(hers, frame))["members"]
    his = await look(user=bob)

    assert await heard(hers, his) == [["bob here"], ["alice here"]]


async def test_tab_says_here_with_each_ping(pair, heard):
    hers, his = await pair()

    await his.send_json_to({"type": "ping"})

    assert await heard(his, hers) == [[], ["bob here"]]


async def test_closed_tab_says_gone(pair, heard):
    hers, his = await pair()

    await his.disconnect()

    assert await heard(hers) == [["bob gone"]]


async def test_other_tab_of_the_same_person_says_here_at_once(pair, look, heard, bob):
    hers, his = await pair()
    other = await look(user=bob)
    assert await heard(hers, other) == [["bob here"], ["alice here"]]

    await his.disconnect()

    assert await heard(hers, other) == [["bob gone", "bob here"], []]


async def test_five_tabs_of_a_person_answer_once_when_one_is_closed(
    pair, look, heard, bob, monkeypatch
):
    hers, his = await pair()
    others = [await look(user=bob) for _ in range(5)]
    await heard(hers, *others)
    layer, said = get_channel_layer(), []
    group_send = layer.group_send

    async def count(group, event):
        said.append(event["frame"]["type"])
        await group_send(group, event)

    monkeypatch.setattr(layer, "group_send", count)

    await his.disconnect()
    (words,) = await heard(hers)

    assert words[0] == "bob gone"
    assert {*words[1:]} == {"bob here"}
    # On Redis, the last of them may hear it when the first has answered already.
    assert len(said) - said.count("mark") <= 3


async def test_typing_is_told_to_the_others_alone(pair, heard):
    hers, his = await pair()

    await his.send_json_to(TYPING)

    assert await heard(his, hers) == [[], ["bob typing"]]


async def test_typing_is_told_once_a_second_and_the_rest_is_dropped(pair, heard, clock):
    hers, his = await pair()

    for _ in range(5):
        await his.send_json_to(TYPING)
    assert await heard(his, hers) == [[], ["bob typing"]]
    clock[0] += 1
    await his.send_json_to(TYPING)

    assert await heard(his, hers) == [[], ["bob typing"]]


@sync_to_async
def the_connection():
    """The one of the thread in which consumers ask the database."""
    return connections["default"]


async def test_typing_is_stored_nowhere_and_asks_for_the_session_alone(
    pair, everything
):
    hers, his = await pair()
    before = await everything()

    queries = CaptureQueriesContext(await the_connection())
    await sync_to_async(queries.__enter__)()
    await his.send_json_to(TYPING)
    frame = await hers.receive_json_from()
    await sync_to_async(queries.__exit__)(None, None, None)

    assert frame == {"type": "list.typing", "user": "bob"}
    tables = [query["sql"].split('"')[1] for query in queries.captured_queries]
    assert tables == ["django_session", "auth_user"]
    assert await everything() == before


async def test_reader_is_here_and_types_nothing(pair, heard, answer):
    hers, his = await pair("reader")

    error = await answer(his, TYPING)

    assert (error["message"], error["request"]) == (READER, "list.typing")
    await his.send_json_to({"type": "ping"})
    assert await heard(his, hers) == [[], ["bob here"]]


@pytest.fixture
def nobody_is_told(monkeypatch):
    """Redis loses what says that the access has changed."""
    send = models.send_to_group

    def lose(group, event):
        if event["type"] != "access.change":
            send(group, event)

    monkeypatch.setattr(models, "send_to_group", lose)


@pytest.mark.parametrize("type", ["list.typing", "ping"])
async def test_removed_member_reaches_nobody_even_if_nobody_was_told(
    pair, heard, answer, nobody_is_told, clock, type
):
    hers, his = await pair()
    await his.send_json_to({"type": type})
    ((word,),) = (await heard(his, hers))[1:]
    assert word.startswith("bob ")
    clock[0] += 1
    member = hers.list["members"][0]["id"]
    await answer(hers, {"type": "member.delete", "id": member, "frame_id": "a"})
    # With her next list, her tab is in the new group.
    assert (await answer(hers, {"type": "task.list"}))["members"] == []

    await his.send_json_to({"type": type})
    await his.disconnect()

    assert await heard(hers) == [[]]


async def test_what_was_said_before_a_removal_is_not_heard_after_it(
    pair, heard, answer, alice
):
    hers, _ = await pair()
    group = (await Checklist.objects.aget(user=alice)).group
    member = hers.list["members"][0]["id"]
    await answer(hers, {"type": "member.delete", "id": member, "frame_id": "a"})
    await hers.receive_json_from()  # the list without Bob
    new = (await Checklist.objects.aget(user=alice)).group
    event = {"type": "list.moment", "frame": {"type": "list.typing", "user": "bob"}}

    # As if it had been on its way to her tab all the time.
    await get_channel_layer().group_send(new, event | {"group": group})

    assert await heard(hers) == [[]]


async def test_ended_session_types_no_more(pair, heard, bob):
    hers, his = await pair()

    bob.set_password("another")  # which ends each session of his
    await bob.asave()
    await his.send_json_to(TYPING)

    assert await his.receive_output(timeout=5) == ENDED
    await his.disconnect()
    assert await heard(hers) == [["bob gone"]]


async def test_others_are_heard_while_the_thread_is_busy(pair, alice):
    hers, _ = await pair()
    group = (await Checklist.objects.aget(user=alice)).group
    frame = {"type": "list.typing", "user": "carol"}
    released = threading.Event()
    busy = asyncio.create_task(sync_to_async(released.wait)(10))

    event = {"type": "list.moment", "group": group, "frame": frame}
    await get_channel_layer().group_send(group, event)

    assert await hers.receive_json_from() == frame
    released.set()
    assert await busy


ODD = [None, True, 7, "carol", "\0", "\ud800", [], ["carol"], {}, "x" * 999]


@pytest.mark.parametrize("value", ODD, ids=repr)
async def test_other_keys_of_the_frame_mean_nothing(pair, heard, value):
    hers, his = await pair()
    keys = ("user", "frame", "newcomer", "channel", "group", "name", "id")

    await his.send_json_to(TYPING | dict.fromkeys(keys, value))

    assert await heard(his, hers) == [[], ["bob typing"]]


async def test_page_says_nothing_but_that_somebody_types(pair, heard, answer):
    hers, his = await pair()

    for type in "list.here", "list.gone", "list.moment", "list.", "list.typing.":
        error = await answer(his, {"type": type, "user": "carol"})
        assert (error["type"], error["request"]) == ("error", type)
    await his.send_json_to(TYPING)

    assert await heard(his, hers) == [[], ["bob typing"]]


async def test_nothing_waits_for_what_cannot_be_told(
    pair, heard, answer, monkeypatch, caplog, clock
):
    hers, his = await pair()

    away, tried = asyncio.Event(), []

    async def fail(*args):
        tried.append(args)
        await away.wait()  # Redis is tried again, and again
        raise RedisError("away")

    with monkeypatch.context() as patch:
        patch.setattr(get_channel_layer(), "group_send", fail)
        for tab in his, hers:
            await tab.send_json_to({"type": "ping"})
            await tab.send_json_to(TYPING)
            assert (await answer(tab, {"type": "nothing"}))["type"] == "error"
        away.set()
        await asyncio.sleep(0)  # lets what waits for Redis give up

    assert len(tried) == 1  # all tabs together: a change waits for no more
    assert caplog.text.count("The others do not hear who is here: away") == 1
    clock[0] += 1
    await his.send_json_to(TYPING)
    assert await heard(his, hers) == [[], ["bob typing"]]


async def test_who_is_here_and_types_is_as_described(pair):
    hers, his = await pair()

    for frame in {"type": "ping"}, TYPING:
        await his.send_json_to(frame)
    frames = [await hers.receive_json_from() for _ in range(2)]
    await his.disconnect()
    frames.append(await hers.receive_json_from())

    described = (await sync_to_async(asyncapi)())["channels"]["checklist"]["messages"]
    for frame in frames:
        (schema,) = described[f"send.{frame['type']}"]["payload"]["allOf"]
        Draft202012Validator(schema | {"additionalProperties": False}).validate(frame)
    assert {frame["type"] for frame in frames} == {
        f"list.{kind}" for kind in ("here", "gone", "typing")
    }


def test_typing_interrupts_no_screen_reader(client):
    page = client.get("/checklist/").content.decode()

    assert '<p id="typing" aria-live="off"></p>' in page

import asyncio
from collections import Counter

import pytest
from channels.layers import get_channel_layer
from redis import RedisError

from checklist.models import Checklist
from core import outbox
from core.hub import Hub, addressed, hub_of

BREAD = {"type": "task.create", "name": "Buy bread"}


async def all_hear(tabs, frame):
    """Let the first tab send a frame, and wait until all have heard the change."""
    await tabs[0].send_json_to(frame)
    return [await tab.receive_json_from() for tab in tabs]


@pytest.fixture
def received(layer, monkeypatch):
    """What the sockets of this process and the hub take from the layer."""
    layer, types = get_channel_layer(), []
    receive = layer.receive

    async def note(channel):
        event = await receive(channel)
        types.append(event["type"])
        return event

    monkeypatch.setattr(layer, "receive", note)
    return types


async def test_change_is_taken_from_the_layer_once_for_all_tabs(received, checklist):
    tabs = [await checklist() for _ in range(5)]

    heard = await all_hear(tabs, BREAD)

    assert heard == heard[:1] * 5
    assert received == ["entity.change"]


async def test_each_list_is_told_its_own_changes(received, checklist, bob):
    hers, his = await checklist(), await checklist(user=bob)

    await all_hear([hers], BREAD)
    await all_hear([his], BREAD)

    assert received == ["entity.change"] * 2
    assert await hers.receive_nothing()


@pytest.fixture
async def work(monkeypatch):
    """Count the tasks, the ways into the thread, and the ways back to the loop."""
    loop, counts = asyncio.get_running_loop(), Counter()

    def counted(name, way):
        def count(*args, **options):
            counts[name] += 1
            return way(*args, **options)

        return count

    for name in "create_task", "run_in_executor", "call_soon_threadsafe":
        monkeypatch.setattr(loop, name, counted(name, getattr(loop, name)))
    return counts


async def until_idle():
    """Wait until no socket deals with a message any more."""
    followed = hub_of(asyncio.get_running_loop()).sockets
    while any(
        socket.heard is not None for each in followed.values() for socket in each
    ):
        await asyncio.sleep(0)


@pytest.mark.parametrize("others", [0, 1, 10])
async def test_further_tab_costs_no_task_and_no_thread(
    checklist, work, others, request
):
    tabs = [await checklist() for _ in range(1 + others)]
    await until_idle()
    work.clear()

    await tabs[0].send_json_to(BREAD)
    while any(tab.output_queue.empty() for tab in tabs):
        await asyncio.sleep(0)
    await until_idle()

    of_the_client = 4 if "redis" in request.node.name else 0
    assert work == {
        "run_in_executor": 1,  # with the frame
        "call_soon_threadsafe": 2,  # to send to the group, and when all is done
        # Two to send to the group, and one to await the next frame.
        "create_task": 3 + of_the_client,
    }


async def test_tab_that_never_reads_is_let_go_and_the_others_hear_all(
    checklist, monkeypatch, caplog
):
    monkeypatch.setattr(outbox, "MOST_WAITING", 1000)
    deaf, tab = await checklist(), await checklist()
    deaf.reading.clear()

    for number in range(20):
        await all_hear([tab], BREAD | {"name": f"{number:0>100}"})

    assert await deaf.future is None
    assert "its browser does not read" in caplog.text
    followed = hub_of(asyncio.get_running_loop()).sockets.values()
    assert [len(sockets) for sockets in followed] == [1]


async def test_slow_tab_costs_the_others_nothing_while_redis_is_away(
    checklist, monkeypatch, caplog
):
    monkeypatch.setattr(outbox, "MOST_WAITING", 1000)
    slow, tab = [await checklist() for _ in range(3)], await checklist()
    for each in slow:
        each.reading.clear()
    send = get_channel_layer().send

    async def fail(channel, message):
        if message["type"] == "slow.reader":
            raise RedisError("away")
        await send(channel, message)

    monkeypatch.setattr(get_channel_layer(), "send", fail)
    for number in range(20):
        (heard,) = await all_hear([tab], BREAD | {"name": f"{number:0>100}"})
        assert heard["name"] == f"{number:0>100}"

    assert "A slow reader could not be told to end" in caplog.text
    monkeypatch.setattr(get_channel_layer(), "send", send)
    await all_hear([tab], BREAD)
    assert await asyncio.gather(*(each.future for each in slow)) == [None] * 3


async def test_tab_that_could_not_join_joins_with_its_next_list(
    checklist, alice, monkeypatch
):
    tab = await checklist()
    await Checklist.objects.aupdate(access=1)  # which gives the group another name
    add = Hub.add

    async def fail_once(*args):
        monkeypatch.setattr(Hub, "add", add)
        raise RedisError("away")

    monkeypatch.setattr(Hub, "add", fail_once)
    for kind in "error", "task.list":
        await tab.send_json_to({"type": "task.list"})
        assert (await tab.receive_json_from())["type"] == kind

    await all_hear([tab], BREAD)


async def test_hub_hears_no_group_that_nobody_follows(received, checklist, alice):
    tabs = [await checklist() for _ in range(2)]
    group = (await Checklist.objects.aget(user=alice)).group

    for tab in tabs:
        await tab.disconnect()

    assert hub_of(asyncio.get_running_loop()).sockets == {}
    await get_channel_layer().group_send(*addressed(group, "{}"))
    assert len((await checklist()).tasks) == 0
    assert received == []


async def test_tabs_that_come_and_go_at_once_hear_what_they_should(checklist, bob):
    tabs = [await checklist() for _ in range(3)]
    coming = [checklist(user=bob) for _ in range(5)]
    going = [tab.disconnect() for tab in tabs[1:]]

    come = await asyncio.gather(*coming, *going)

    await all_hear(come[:5], BREAD)
    assert len(await all_hear(tabs[:1], BREAD)) == 1


async def test_socket_leaves_the_hub_while_redis_is_away(checklist, monkeypatch):
    tab = await checklist()

    async def fail(*args):
        raise RedisError("away")

    with monkeypatch.context() as patch:
        patch.setattr(get_channel_layer(), "group_discard", fail)
        await tab.disconnect()

    assert hub_of(asyncio.get_running_loop()).sockets == {}


async def test_hub_outlives_what_it_does_not_understand(checklist, alice, caplog):
    tab = await checklist()
    group, event = addressed((await Checklist.objects.aget(user=alice)).group, "{}")

    await get_channel_layer().group_send(group, {"type": event["type"]})

    await all_hear([tab], BREAD)
    assert "The hub could not pass a change on" in caplog.text

import asyncio
import os
import signal
import threading
from asyncio import to_thread
from datetime import datetime
from functools import partial
from io import StringIO

import pytest
import redis
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.core.management import CommandError, call_command

from chat.models import Message
from core.layers import redis_layer


def send_message(*args):
    """Run the command; give what it prints to either stream."""
    printed = StringIO()
    call_command("send_message", *args, stdout=printed, stderr=printed)
    return printed.getvalue()


async def test_command_is_heard_in_the_room_and_kept(connect):
    tab = await connect()

    await to_thread(send_message, "general", "lunch is ready")

    said = {"user": "(server)", "message": "lunch is ready", "version": 1}
    assert await tab.receive_json_from() == {"type": "chat.message", **said}
    (entry,) = (await connect()).history
    assert entry.items() >= said.items()


def test_command_says_that_it_was_sent(redis_url, room, settings):
    settings.CHANNEL_LAYERS = {"default": redis_layer(redis_url)}

    assert "Sent to general." in send_message("general", "hello")


def test_command_says_that_nobody_hears_a_layer_in_memory(room):
    printed = send_message("general", "hello")

    assert "Stored, but nobody hears it" in printed
    assert Message.objects.count() == 1


def test_command_says_that_redis_does_not_answer(room, settings):
    settings.CHANNEL_LAYERS = {"default": redis_layer("redis://127.0.0.1:1/0")}

    with pytest.raises(CommandError, match="Stored, but not sent"):
        send_message("general", "hello")


@pytest.mark.parametrize("text", ["", "   ", "nul\0", "\udcff", "x" * 513])
def test_command_refuses_a_bad_message(room, text):
    with pytest.raises(CommandError):
        send_message("general", text)

    assert not Message.objects.exists()


def test_command_refuses_an_unknown_room(db):
    for name in ("nowhere", "\udcff"):
        with pytest.raises(CommandError, match=f"There is no room “{name}”"):
            send_message(name, "hello")


async def test_redis_refuses_what_memory_takes(redis_url, settings):
    event = {"type": "chat.message", "timestamp": datetime(2026, 1, 1)}
    await get_channel_layer().group_send("group", event)
    settings.CHANNEL_LAYERS = {"default": redis_layer(redis_url)}

    with pytest.raises(TypeError, match="datetime"):
        await get_channel_layer().group_send("group", event)


@pytest.fixture
def send_signal(redis_url, settings):
    """Send signals to the Redis of the layer; in the end, it runs."""
    settings.CHANNEL_LAYERS = {"default": redis_layer(redis_url)}
    pid = redis.Redis.from_url(redis_url).info()["process_id"]
    yield partial(os.kill, pid)
    os.kill(pid, signal.SIGCONT)


async def test_redis_that_hangs_is_not_waited_for_and_is_heard_again(send_signal):
    layer, event = get_channel_layer(), {"type": "chat.message"}
    channel = await layer.new_channel()
    await layer.group_add("group", channel)

    send_signal(signal.SIGSTOP)
    async with asyncio.timeout(5):
        with pytest.raises(redis.TimeoutError):
            await layer.group_send("group", event)

    send_signal(signal.SIGCONT)
    await layer.group_send("group", event)
    async with asyncio.timeout(5):
        assert await layer.receive(channel) == event


async def test_socket_is_refused_while_redis_is_away(connect, settings, caplog):
    settings.CHANNEL_LAYERS = {"default": redis_layer("redis://127.0.0.1:1/0")}

    with pytest.raises(ConnectionRefusedError):
        await connect()

    (record,) = caplog.records
    assert record.getMessage().startswith("Redis does not answer")
    assert record.exc_info is None


async def test_socket_ends_while_redis_hangs(connect, send_signal, caplog):
    tab = await connect()

    send_signal(signal.SIGSTOP)
    await tab.disconnect(timeout=20)

    assert tab.future.exception() is None


async def test_event_that_meets_the_end_of_a_socket_leaves_no_channel(connect, room):
    tab, layer = await connect(), get_channel_layer()
    witness = await layer.new_channel()
    await layer.group_add(room.group_name, witness)
    free = threading.Event()
    busy = asyncio.create_task(database_sync_to_async(free.wait)(5))

    ending = asyncio.create_task(tab.disconnect(timeout=5))
    for _ in range(2):
        await layer.group_send(room.group_name, {"type": "chat.message"})
        await layer.receive(witness)
    free.set()
    await asyncio.gather(busy, ending)

    assert set(layer.channels) <= {witness}

from asyncio import to_thread
from datetime import datetime
from io import StringIO

import pytest
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

    said = {"user": "(server)", "message": "lunch is ready"}
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
    with pytest.raises(CommandError, match="There is no room “nowhere”"):
        send_message("nowhere", "hello")


async def test_redis_refuses_what_memory_takes(redis_url, settings):
    event = {"type": "chat.message", "timestamp": datetime(2026, 1, 1)}
    await get_channel_layer().group_send("group", event)
    settings.CHANNEL_LAYERS = {"default": redis_layer(redis_url)}

    with pytest.raises(TypeError, match="datetime"):
        await get_channel_layer().group_send("group", event)

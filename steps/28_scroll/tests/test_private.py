import pytest
from django.utils import timezone

from chat.models import STALE, Connection, Message, Room

NAMES = ["bob", "bob@example.com", "b+o.b-b_", "böb", "n" * 150]


@pytest.fixture
async def tab(connect):
    return await connect()


async def whisper(tab, text):
    await tab.send_json_to({"message": text})
    return await tab.receive_json_from()


@pytest.mark.parametrize("name", NAMES)
async def test_whisper_reaches_every_tab_of_one_person(
    connect, tab, django_user_model, name
):
    await Room.objects.acreate(name="other")
    bob = await django_user_model.objects.acreate(username=name)
    here, there = await connect(user=bob), await connect("/ws/chat/other/", user=bob)

    answer = await whisper(tab, f"/pm {name} hi there")

    heard = {"type": "private.message", "user": "alice", "message": "hi there"}
    assert await here.receive_json_from() == heard
    assert await there.receive_json_from() == heard
    assert answer == {
        "type": "private.message.delivered",
        "target": name,
        "message": "hi there",
    }


async def test_whisper_is_heard_by_nobody_else_and_not_kept(connect, tab, bob, carol):
    await connect(user=bob)
    carols_tab = await connect(user=carol)

    await whisper(tab, "/pm bob hi")

    assert await carols_tab.receive_nothing(0.05)
    assert not await Message.objects.aexists()


async def test_whisper_to_oneself_arrives_and_is_delivered(tab):
    first = await whisper(tab, "/pm alice note to self")
    second = await tab.receive_json_from()

    kinds = {first["type"], second["type"]}
    assert kinds == {"private.message", "private.message.delivered"}


@pytest.mark.parametrize("text", ["/pm", "/pm bob", "/pm  bob  ", "  /pm"])
async def test_whisper_without_a_text_says_how_to_write_it(connect, tab, bob, text):
    bobs_tab = await connect(user=bob)

    answer = await whisper(tab, text)

    assert answer == {
        "type": "error",
        "message": "Write /pm, a name and a text: /pm bob hello",
    }
    assert await bobs_tab.receive_nothing(0.05)


async def test_whisper_to_an_unknown_user_is_refused(tab):
    answer = await whisper(tab, "/pm nobody hi")

    assert answer == {"type": "error", "message": "There is nobody of that name."}


async def test_whisper_to_somebody_who_is_away_is_not_called_delivered(tab, bob):
    answer = await whisper(tab, "/pm bob hi")

    assert answer == {"type": "error", "message": "They are not here now."}


async def test_whisper_to_a_ghost_is_not_called_delivered(tab, room, bob):
    then = timezone.now() - 2 * STALE
    await Connection.objects.acreate(room=room, user=bob, last_seen=then)

    answer = await whisper(tab, "/pm bob hi")

    assert answer == {"type": "error", "message": "They are not here now."}


@pytest.mark.parametrize("text", ["  /pm   bob   hi   there ", "/pm\tbob\nhi   there"])
async def test_extra_spaces_around_a_whisper_are_ignored(connect, tab, bob, text):
    bobs_tab = await connect(user=bob)

    await whisper(tab, text)

    assert (await bobs_tab.receive_json_from())["message"] == "hi   there"


@pytest.mark.parametrize("text", ["/pmfoo bob hi", "/ pm bob hi", "pm bob hi", "/"])
async def test_word_that_only_looks_like_the_command_is_a_message(tab, text):
    assert (await whisper(tab, text))["type"] == "chat.message"


@pytest.mark.parametrize("text", ["nul\0", "\ud800", "x" * 513])
async def test_whisper_is_validated_like_a_message(connect, tab, bob, text):
    bobs_tab = await connect(user=bob)

    answer = await whisper(tab, f"/pm bob {text}")

    assert answer["type"] == "error"
    assert await bobs_tab.receive_nothing(0.05)

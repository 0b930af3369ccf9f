from channels.layers import get_channel_layer

from chat.models import Message, Room


async def test_history_arrives_on_connect(connect, bob):
    tab = await connect()
    await tab.send_json_to({"message": "hello"})
    await tab.receive_json_from()

    (entry,) = (await connect(user=bob)).history

    saved = await Message.objects.aget()
    assert entry == {
        "version": 1,
        "user": "alice",
        "message": "hello",
        "timestamp": saved.timestamp.isoformat(),
    }


async def test_history_is_the_last_fifty_oldest_first(connect, room, alice):
    for number in range(60):
        await Message.objects.acreate(room=room, user=alice, message=str(number))

    tab = await connect()

    assert [entry["message"] for entry in tab.history] == [*map(str, range(10, 60))]


async def test_history_of_another_room_stays_there(connect, alice):
    other = await Room.objects.acreate(name="other")
    await Message.objects.acreate(room=other, user=alice, message="elsewhere")

    assert (await connect()).history == []


async def test_message_that_is_in_the_history_does_not_arrive_again(
    connect, room, alice
):
    message = await Message.objects.acreate(room=room, user=alice, message="hello")
    tab = await connect()

    late = {
        "type": "chat.message",
        "version": message.version,
        "user": "alice",
        "message": "hello",
    }
    await get_channel_layer().group_send(room.group_name, late)

    assert await tab.receive_nothing()

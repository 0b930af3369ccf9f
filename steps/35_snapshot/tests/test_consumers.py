import pytest
from channels.layers import get_channel_layer


async def test_message_reaches_every_tab_with_its_author(connect, bob):
    alices_tab, bobs_tab = await connect(), await connect(user=bob)

    await alices_tab.send_json_to({"message": "hello"})

    hello = {"type": "chat.message", "user": "alice", "message": "hello", "version": 1}
    assert await alices_tab.receive_json_from() == hello
    assert await bobs_tab.receive_json_from() == hello


async def test_messages_arrive_in_order(connect):
    tab, other = await connect(), await connect()

    for text in ("one", "two", "three"):
        await tab.send_json_to({"message": text})

    heard = [await other.receive_json_from() for _ in range(3)]
    assert [frame["message"] for frame in heard] == ["one", "two", "three"]


async def test_closed_tab_leaves_the_group(connect, room):
    tab, other = await connect(), await connect()

    await other.disconnect()

    groups = get_channel_layer().groups
    assert [len(groups[name]) for name in groups if room.group_name in name] == [1]
    await tab.send_json_to({"message": "still here"})
    assert (await tab.receive_json_from())["message"] == "still here"


async def test_event_without_a_handler_ends_every_member(connect, room):
    tab, other = await connect(), await connect()

    await get_channel_layer().group_send(room.group_name, {"type": "chat.typing"})

    for socket in (tab, other):
        with pytest.raises(ValueError, match="No handler for message type chat.typing"):
            await socket.wait()

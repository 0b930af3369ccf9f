from urllib.parse import quote

import pytest

from chat.models import Room


async def test_room_of_any_name_has_a_socket(connect, any_name):
    await Room.objects.acreate(name=any_name)
    tab = await connect(f"/ws/chat/{quote(any_name)}/")

    await tab.send_json_to({"message": "hello"})

    assert (await tab.receive_json_from())["message"] == "hello"


async def test_rooms_do_not_hear_each_other(connect):
    await Room.objects.acreate(name="other")
    here, there = await connect(), await connect("/ws/chat/other/")

    await here.send_json_to({"message": "hello"})
    await here.receive_json_from()

    assert await there.receive_nothing()


async def test_room_that_does_not_exist_is_refused(connect):
    with pytest.raises(ConnectionRefusedError):
        await connect("/ws/chat/nowhere/")

    assert await Room.objects.acount() == 1


@pytest.mark.parametrize(
    "path", ["/", "/ws/nope/", "/ws/chat/general", "/ws/chat/a/b/"]
)
async def test_path_that_leads_nowhere_is_refused(connect, path):
    with pytest.raises(ConnectionRefusedError):
        await connect(path)

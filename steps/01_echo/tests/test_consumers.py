async def test_message_comes_back(connect):
    tab = await connect()

    await tab.send_json_to({"message": "hello"})

    assert await tab.receive_json_from() == {"type": "chat.message", "message": "hello"}


async def test_messages_come_back_in_order(connect):
    tab = await connect()

    for text in ("one", "two", "three"):
        await tab.send_json_to({"message": text})

    answers = [await tab.receive_json_from() for _ in range(3)]
    assert [answer["message"] for answer in answers] == ["one", "two", "three"]


async def test_second_tab_stays_silent(connect):
    tab, other = await connect(), await connect()

    await tab.send_json_to({"message": "hello"})
    await tab.receive_json_from()

    assert await other.receive_nothing()

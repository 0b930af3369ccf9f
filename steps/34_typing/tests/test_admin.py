def test_admin_shows_rooms_and_messages(admin_client, room, alice):
    room.message_set.create(user=alice, message="hello")

    assert b"general" in admin_client.get("/admin/chat/room/").content
    assert b"alice: hello" in admin_client.get("/admin/chat/message/").content

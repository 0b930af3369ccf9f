def test_home_leads_to_the_chat(client):
    assert client.get("/").headers["Location"] == "/chat/"


def test_chat_page_loads_its_script(client):
    assert b"chat/room.js" in client.get("/chat/").content

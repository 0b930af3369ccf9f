from urllib.parse import unquote

import pytest

from chat.models import Room


@pytest.mark.parametrize("path", ["/chat/", "/checklist/"])
def test_home_leads_to_the_apps(client, path):
    assert f'href="{path}"' in client.get("/").text
    assert client.get(path).status_code == 200


def test_form_makes_a_room_of_any_name(client, db, any_name):
    response = client.post("/chat/", {"name": any_name}, follow=True)

    assert unquote(response.redirect_chain[0][0]) == f"/chat/{any_name}/"
    assert b"chat/room.js" in response.content
    assert Room.objects.get().name == any_name


@pytest.mark.parametrize("name", ["", "  ", "a/b", "/", ".", "..", "nul\0", "n" * 129])
def test_form_refuses_what_cannot_be_an_address(client, db, name):
    response = client.post("/chat/", {"name": name})

    assert response.context["form"].errors["name"]
    assert not Room.objects.exists()


def test_form_refuses_a_name_that_is_taken(client, room):
    response = client.post("/chat/", {"name": room.name})

    assert response.context["form"].errors["name"]
    assert Room.objects.count() == 1


def test_index_lists_the_rooms(client, room):
    assert b'<a href="/chat/general/">general</a>' in client.get("/chat/").content


@pytest.mark.parametrize(("page", "first"), [("", 0), ("2", 100), ("9", 200), ("x", 0)])
def test_index_lists_a_hundred_rooms_at_a_time(client, db, page, first):
    Room.objects.bulk_create(Room(name=f"{number:03}") for number in range(201))

    rooms = client.get("/chat/", {"page": page}).context["rooms"]

    assert [room.name for room in rooms][:1] == [f"{first:03}"]
    assert len(rooms) <= 100


def test_get_never_makes_a_room(client, db):
    assert client.get("/chat/nowhere/").status_code == 404
    assert not Room.objects.exists()

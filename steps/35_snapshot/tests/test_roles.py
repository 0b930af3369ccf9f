import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import ValidationError
from django.test import Client
from drf_spectacular.checks import schema_check
from rest_framework.exceptions import NotFound

from checklist.receivers import TaskReceiver
from once.models import CarriedOut

JSON = "application/json"
LIST = "/api/checklists/alice"
READ_ONLY = "You may read this list, but not change it."
ROLES = ["editor", "reader"]


@pytest.mark.parametrize("role", ROLES)
async def test_member_sees_their_role(open_list, share, bob, role):
    await sync_to_async(share)(bob, role)

    his, own = await open_list(user=bob), await open_list("/ws/checklist/", user=bob)

    assert (his.list["role"], own.list["role"]) == (role, "owner")


async def test_reader_hears_what_an_editor_changes(
    open_list, share, frames, bob, carol
):
    await sync_to_async(share)(bob)
    await sync_to_async(share)(carol, "reader")
    his, hers = [await open_list(user=user) for user in (bob, carol)]

    for frame in frames:
        await his.send_json_to(frame)
        change = await hers.receive_json_from()
        assert change["type"] == frame["type"]
        assert change == await his.receive_json_from()


async def test_reader_changes_nothing_and_is_told(
    open_list, share, frames, bob, answer, everything
):
    await sync_to_async(share)(bob, "reader")
    his, hers = await open_list(user=bob), await open_list()
    before = await everything()

    for frame in frames:
        error = await answer(his, frame | {"frame_id": "a"})
        assert error["type"] == "error"
        assert error["message"] == READ_ONLY
        assert error["frame_id"] == "a"

    assert await everything() == before
    assert await hers.receive_nothing()
    assert not await CarriedOut.objects.aexists()
    assert (await answer(his, {"type": "task.list"}))["type"] == "task.list"


async def test_role_is_asked_for_at_each_change(
    open_list, share, shopping, bob, answer
):
    member = await sync_to_async(share)(bob)
    his = await open_list(user=bob)
    member.role = "reader"
    await member.asave()  # and nobody is told

    error = await answer(his, {"type": "task.create", "name": "Mine"})

    assert error["message"] == READ_ONLY


def test_owner_needs_no_membership(share, alice):
    member = share(alice)

    with pytest.raises(ValidationError, match="The owner needs no membership"):
        member.full_clean()


@pytest.mark.parametrize(
    ("role", "statuses"),
    [
        ("owner", [200, 200, 201, 200, 204]),
        ("editor", [200, 200, 201, 200, 204]),
        ("reader", [200, 200, 403, 403, 403]),
        ("stranger", [404] * 5),
    ],
)
def test_api_knows_the_same_rights(api_of, share, shopping, alice, bob, role, statuses):
    if role in ROLES:
        share(bob, role)
    client = api_of(alice if role == "owner" else bob)
    one = f"{LIST}/tasks/{shopping.pk}"

    answers = [
        client.get(f"{LIST}/tasks"),
        client.get(one),
        client.post(f"{LIST}/tasks", {"name": "Mine"}, JSON),
        client.patch(one, {"name": "Mine"}, JSON),
        client.delete(one),
    ]

    assert [each.status_code for each in answers] == statuses
    details = {each.json()["detail"] for each in answers if each.status_code == 403}
    assert details <= {READ_ONLY}


def test_api_tells_a_stranger_the_same_of_any_list(api_of, shopping, bob):
    client = api_of(bob)

    mine, other = [
        client.get(f"/api/checklists/{name}/tasks") for name in ("alice", "nobody")
    ]

    assert mine.status_code == other.status_code == 404
    assert mine.content == other.content


async def test_change_by_the_api_is_told_in_that_list(
    open_list, share, shopping, alice, bob, api_of
):
    await sync_to_async(share)(bob)
    hers, his = (
        await open_list("/ws/checklist/"),
        await open_list("/ws/checklist/", user=bob),
    )
    client = await sync_to_async(api_of)(bob)

    await sync_to_async(client.post)(f"{LIST}/tasks", {"name": "By Bob"}, JSON)

    assert (await hers.receive_json_from())["name"] == "By Bob"
    assert await his.receive_nothing()


def test_form_without_a_list_is_refused_by_the_admin(share, alice, bob, client):
    share(bob)
    alice.is_staff = alice.is_superuser = True
    alice.save()

    page = client.post("/admin/checklist/membership/add/", {"user": bob.pk})

    assert page.status_code == 200
    assert "This field is required." in page.content.decode()


async def test_not_found_of_a_receiver_is_answered_and_closes_no_socket(
    open_list, share, bob, answer, monkeypatch
):
    def perform_create(self, serializer):
        raise NotFound("There is no such colour.")

    monkeypatch.setattr(TaskReceiver, "perform_create", perform_create)
    await sync_to_async(share)(bob)
    his = await open_list(user=bob)

    error = await answer(his, {"type": "task.create", "name": "Milk"})

    assert error["message"] == "There is no such colour."
    assert error["code"] == "not_found"
    assert (await answer(his, {"type": "task.list"}))["type"] == "task.list"


async def test_change_of_a_role_in_the_admin_is_told(open_list, share, alice, bob):
    member = await sync_to_async(share)(bob)
    his = await open_list(user=bob)
    alice.is_staff = alice.is_superuser = True
    await alice.asave()
    browser = Client()
    await sync_to_async(browser.force_login)(alice)

    page = f"/admin/checklist/membership/{member.pk}/change/"
    data = {"checklist": member.checklist_id, "user": bob.pk, "role": "reader"}
    saved = await sync_to_async(browser.post)(page, data)

    assert saved.status_code == 302
    assert (await his.receive_json_from())["role"] == "reader"


def test_check_of_the_description_asks_nothing_of_the_database(
    django_assert_num_queries, db
):
    with django_assert_num_queries(0):
        assert schema_check(None) == []

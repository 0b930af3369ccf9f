from urllib.parse import quote

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from checklist.consumers import ChecklistConsumer
from checklist.models import Checklist, Item, Task
from core import sessions
from once.models import CarriedOut

JSON = "application/json"
CLOSED = {"type": "websocket.close", "code": 4403}


async def test_member_sees_the_list(open_list, share, shopping, bob):
    await sync_to_async(share)(bob)

    his = await open_list(user=bob)

    assert [task["name"] for task in his.list["tasks"]] == ["Shopping"]


async def test_change_by_a_member_reaches_all_who_share_the_list(
    open_list, share, frames, alice, bob, carol
):
    for user in bob, carol:
        await sync_to_async(share)(user)
    tabs = [await open_list(user=user) for user in (bob, alice, carol)]
    tabs.append(await open_list("/ws/checklist/"))
    apart = await open_list("/ws/checklist/", user=bob)

    for frame in frames:
        await tabs[0].send_json_to(frame)
        heard = [await tab.receive_json_from() for tab in tabs]
        assert heard[0]["type"] == frame["type"]
        assert heard == heard[:1] * 4

    assert await apart.receive_nothing()
    created = await Task.objects.select_related("user").aget(name="Mine")
    assert created.user == alice


@pytest.mark.parametrize("owner", ["alice", "nobody", "bob ", "%00", "a" * 5000])
async def test_stranger_is_refused_as_if_there_were_no_such_list(
    open_socket, shopping, bob, carol, share, owner
):
    await sync_to_async(share)(carol)

    with pytest.raises(ConnectionRefusedError):
        await open_socket(f"/ws/checklist/{owner}/", user=bob)


def test_stranger_is_told_the_same_of_any_list(shopping, bob):
    browser = Client()
    browser.force_login(bob)

    mine, other = [browser.get(f"/checklist/{name}/") for name in ("alice", "nobody")]

    assert mine.status_code == other.status_code == 404
    assert mine.content == other.content.replace(b"nobody", b"alice")


async def test_owner_with_an_odd_name_shares_a_list(
    open_list, share, django_user_model, bob, any_name
):
    owner = await django_user_model.objects.acreate(username=any_name)
    await sync_to_async(share)(bob, owner=owner)

    his = await open_list(f"/ws/checklist/{quote(any_name)}/", user=bob)

    assert his.list["type"] == "task.list"
    browser = Client()
    await sync_to_async(browser.force_login)(bob)
    for page in "/checklist/", f"/checklist/{quote(any_name)}/":
        assert (await sync_to_async(browser.get)(page)).status_code == 200


async def test_row_of_another_list_answers_like_a_missing_one(
    open_list, share, shopping, bob, answer
):
    await sync_to_async(share)(bob)
    own = await Task.objects.acreate(user=bob, name="Bob's")
    item = await Item.objects.acreate(task=own, name="Bob's")
    in_hers, in_his = (
        await open_list(user=bob),
        await open_list("/ws/checklist/", user=bob),
    )
    hers = await shopping.item_set.aget()

    for socket, frame in [
        (in_hers, {"type": "task.delete", "id": own.pk}),
        (in_hers, {"type": "item.delete", "id": item.pk}),
        (in_hers, {"type": "item.update", "id": hers.pk, "task": own.pk}),
        (in_his, {"type": "item.create", "task": shopping.pk, "name": "Mine"}),
        (in_his, {"type": "task.delete", "id": shopping.pk}),
    ]:
        error = await answer(socket, frame)
        assert "There is no such" in error["message"]


async def test_who_is_removed_does_nothing_any_more(open_list, share, shopping, bob):
    member = await sync_to_async(share)(bob)
    tabs = [await open_list(user=bob) for _ in range(2)]
    await member.adelete()

    frame = {"type": "task.create", "name": "Too late", "frame_id": "a"}
    for tab, sent in zip(tabs, (frame, {"type": "task.list"}), strict=True):
        await tab.send_json_to(sent)
        assert await tab.receive_output(timeout=5) == CLOSED

    assert not await Task.objects.filter(name="Too late").aexists()
    # So a page may send it once more, should Bob share the list again.
    assert not await CarriedOut.objects.aexists()


def test_membership_is_asked_for_after_the_lock(share, bob):
    share(bob)

    with CaptureQueriesContext(connection) as asked, transaction.atomic():
        Checklist.lock(bob, "alice")

    reads = [each["sql"] for each in asked if each["sql"].startswith("SELECT")]
    tables = [sql.split(" FROM ")[1].split()[0] for sql in reads]
    assert tables == ['"checklist_checklist"', '"checklist_membership"']


async def test_socket_stays_with_its_list_when_names_change(
    open_list, share, alice, bob, carol, shopping
):
    await sync_to_async(share)(bob)
    his = await open_list(user=bob)
    await sync_to_async(share)(bob, owner=carol)
    for user, name in (alice, "alicia"), (carol, "alice"):
        user.username = name
        await user.asave()

    await his.send_json_to({"type": "task.create", "name": "For Alice"})

    assert await his.receive_output(timeout=5) == CLOSED
    assert not await Task.objects.filter(name="For Alice").aexists()


async def test_who_is_removed_while_they_connect_is_told(
    open_list, share, alice, bob, monkeypatch
):
    """By the group, which the socket has joined before it is accepted."""
    member = await sync_to_async(share)(bob)
    accept = ChecklistConsumer.accept

    def too_late(self, **options):
        member.delete()
        with transaction.atomic():
            Checklist.lock(alice).change_access()
        accept(self, **options)

    monkeypatch.setattr(ChecklistConsumer, "accept", too_late)
    his = await open_list(user=bob)

    assert await his.receive_output(timeout=5) == CLOSED


async def test_socket_closes_where_the_list_is_gone(open_list, share, alice, bob):
    await sync_to_async(share)(bob)
    his = await open_list(user=bob)

    await alice.adelete()
    await his.send_json_to({"type": "ping"})

    assert await his.receive_output(timeout=5) == CLOSED


@pytest.mark.parametrize("path", ["/ws/checklist/", "/ws/checklist/alice/"])
@pytest.mark.parametrize("type", ["ping", "task.create"])
async def test_user_who_is_deleted_while_a_frame_arrives_is_told_that(
    open_list, share, bob, monkeypatch, path, type
):
    """Right after the look at the session, and before the list is locked."""
    await sync_to_async(share)(bob)
    his = await open_list(path, user=bob)
    monkeypatch.setattr(sessions, "ended", lambda sockets: [])

    await bob.adelete()
    await Checklist.objects.filter(user__username="alice").adelete()
    await his.send_json_to({"type": type, "name": "Too late"})

    assert await his.receive_output(timeout=5) == CLOSED | {"code": 4401}


async def test_list_ends_with_its_owner(open_list, share, alice, bob):
    await sync_to_async(share)(bob)
    his = await open_list(user=bob)

    await alice.adelete()
    await his.send_json_to({"type": "task.list"})

    assert await his.receive_output(timeout=5) == CLOSED


def test_page_of_a_list_is_for_those_who_share_it(client, share, bob):
    browser = Client()
    browser.force_login(bob)
    assert browser.get("/checklist/alice/").status_code == 404
    share(bob)

    assert browser.get("/checklist/alice/").status_code == 200
    assert "/checklist/alice/" in browser.get("/checklist/").content.decode()
    assert client.get("/checklist/alice/").status_code == 200
    assert client.get("/checklist/bob/").status_code == 404


async def test_change_of_members_in_the_admin_is_told(open_list, share, alice, bob):
    member = await sync_to_async(share)(bob)
    hers = await open_list()
    alice.is_staff = alice.is_superuser = True
    await alice.asave()
    browser = Client()
    await sync_to_async(browser.force_login)(alice)

    page = f"/admin/checklist/membership/{member.pk}/delete/"
    deleted = await sync_to_async(browser.post)(page, {"post": "yes"})

    assert deleted.status_code == 302
    assert (await hers.receive_json_from())["members"] == []


def test_own_list_is_locked_without_reading_its_owner_again(
    alice, django_assert_num_queries
):
    with transaction.atomic():
        made = Checklist.lock(alice)

        with django_assert_num_queries(1):
            assert Checklist.lock(alice).user is alice
            assert made.user is alice


def test_api_without_an_owner_is_for_ones_own_list(api_of, share, shopping, bob):
    share(bob)
    client = api_of(bob)

    assert client.get("/api/tasks").json()["results"] == []
    assert client.get(f"/api/tasks/{shopping.pk}").status_code == 404
    item = {"task": shopping.pk, "name": "Mine"}
    assert client.post("/api/items", item, JSON).status_code == 400
    assert client.post("/api/tasks", {"name": "Mine"}, JSON).status_code == 201
    assert bob.task_set.count() == 1

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer

from checklist import models
from checklist.models import Task
from core.shares import share_of
from once.models import CarriedOut

JSON = "application/json"
CLOSED = {"type": "websocket.close", "code": 4403}
LIST = "/api/checklists/alice"
OWNER_DECIDES = "Only its owner decides who shares this list."
ODD = [None, True, 7, 0.5, "", " ", "nobody", "\0", [], ["bob"], {}, "x" * 999]


async def test_owner_invites_changes_and_removes(open_list, shopping, alice, bob):
    hers = await open_list()

    await hers.send_json_to({"type": "member.create", "user": "bob", "role": "reader"})
    (member,) = (await hers.receive_json_from())["members"]
    assert member["user"] == "bob"
    his = await open_list(user=bob)
    assert his.list["role"] == "reader"

    change = {"type": "member.update", "id": member["id"], "role": "editor"}
    await hers.send_json_to(change)
    for tab in hers, his:
        assert (await tab.receive_json_from())["members"][0]["role"] == "editor"
    await hers.send_json_to({"type": "member.delete", "id": member["id"]})

    assert (await hers.receive_json_from())["members"] == []
    assert await his.receive_output(timeout=5) == CLOSED
    await hers.send_json_to({"type": "task.create", "name": "A secret"})
    assert (await hers.receive_json_from())["name"] == "A secret"
    with pytest.raises(ConnectionRefusedError):
        await open_list(user=bob)


async def test_member_stays_the_same_person(open_list, share, bob, carol, answer):
    member = await sync_to_async(share)(bob)
    hers = await open_list()

    change = {"type": "member.update", "id": member.pk, "user": "carol"}
    assert (await answer(hers, change))["members"][0]["user"] == "bob"


async def test_member_leaves(open_list, share, shopping, bob, answer):
    member = await sync_to_async(share)(bob, "reader")
    hers, his = await open_list(), await open_list(user=bob)

    frame = {"type": "member.delete", "id": member.pk, "frame_id": "a"}
    assert await answer(his, frame) == {"type": "ok", "frame_id": "a"}

    assert await his.receive_output(timeout=5) == CLOSED
    assert (await hers.receive_json_from())["members"] == []


@pytest.mark.parametrize("role", ["editor", "reader"])
async def test_member_decides_about_nobody_else(
    open_list, share, shopping, bob, carol, role, answer, everything
):
    own = await sync_to_async(share)(bob, role)
    other = await sync_to_async(share)(carol, "reader")
    his, before = await open_list(user=bob), await everything()

    for frame in [
        {"type": "member.create", "user": "carol", "role": "editor"},
        {"type": "member.update", "id": own.pk, "role": "editor"},
        {"type": "member.update", "id": other.pk, "role": "editor"},
        {"type": "member.delete", "id": other.pk},
    ]:
        assert (await answer(his, frame))["message"] == OWNER_DECIDES

    assert await everything() == before


@pytest.mark.parametrize("value", [*ODD, "alice", "carol", "gone", "\ud800"], ids=repr)
async def test_who_cannot_be_invited_is_refused(
    open_list, share, carol, bob, django_user_model, value, answer, everything
):
    await django_user_model.objects.acreate(username="gone", is_active=False)
    await sync_to_async(share)(carol)
    hers, before = await open_list(), await everything()

    frame = {"type": "member.create", "user": value, "role": "editor"}
    error = await answer(hers, frame)

    assert error["type"] == "error"
    assert "user" in error["errors"]
    assert await everything() == before


@pytest.mark.parametrize("value", [*ODD, "owner", "EDITOR"], ids=repr)
async def test_role_is_one_of_two(
    open_list, share, bob, carol, value, answer, everything
):
    member = await sync_to_async(share)(carol)
    hers, before = await open_list(), await everything()

    for frame in [
        {"type": "member.create", "user": "bob", "role": value},
        {"type": "member.update", "id": member.pk, "role": value},
    ]:
        assert "role" in (await answer(hers, frame))["errors"]

    assert await everything() == before


async def test_list_has_only_so_many_members(
    open_list, share, bob, carol, settings, answer
):
    settings.MOST_MEMBERS = 1
    await sync_to_async(share)(bob)

    frame = {"type": "member.create", "user": "carol", "role": "reader"}
    error = await answer(await open_list(), frame)

    assert error["message"] == "You can have at most 1 members."


@pytest.fixture
def nobody_is_told(monkeypatch):
    """Redis loses what says that the access has changed."""
    send = models.send_to_group

    def lose(group, event):
        if event["type"] != "access.change":
            send(group, event)

    monkeypatch.setattr(models, "send_to_group", lose)


async def test_who_is_removed_hears_and_does_nothing_even_if_nobody_was_told(
    open_list, share, shopping, bob, nobody_is_told, answer
):
    member = await sync_to_async(share)(bob)
    hers, his = await open_list(), await open_list(user=bob)
    waiting = await open_list(user=bob)
    await answer(hers, {"type": "member.delete", "id": member.pk, "frame_id": "a"})

    await hers.send_json_to({"type": "task.create", "name": "A secret"})
    assert await his.receive_nothing()
    frame = {"type": "task.create", "name": "Too late", "frame_id": "b"}
    await his.send_json_to(frame)
    await waiting.send_json_to({"type": "task.list"})

    for tab in his, waiting:
        assert await tab.receive_output(timeout=5) == CLOSED
    assert not await Task.objects.filter(name="Too late").aexists()
    # So a page may send it once more, should Bob be invited again.
    assert not await CarriedOut.objects.filter(frame_id="b").aexists()


async def test_ping_shows_that_the_access_has_changed(
    open_list, share, shopping, bob, nobody_is_told, answer
):
    member = await sync_to_async(share)(bob)
    hers, his = await open_list(), await open_list(user=bob)
    his.ignored = ()

    frame = {"type": "member.update", "id": member.pk, "role": "reader"}
    await answer(hers, frame | {"frame_id": "a"})

    pong = await answer(his, {"type": "ping"})
    assert pong["version"] == his.list["version"] + 1
    assert (await answer(his, {"type": "task.list"}))["role"] == "reader"
    await hers.send_json_to({"type": "task.create", "name": "Heard again"})
    assert (await his.receive_json_from())["name"] == "Heard again"


async def test_who_is_removed_by_the_api_is_out(open_list, share, alice, bob, api_of):
    member = await sync_to_async(share)(bob)
    his, hers = await open_list(user=bob), await open_list()
    client = await sync_to_async(api_of)(alice)

    await sync_to_async(client.delete)(f"/api/members/{member.pk}")

    assert await his.receive_output(timeout=5) == CLOSED
    assert (await hers.receive_json_from())["members"] == []
    assert await hers.receive_nothing()


@pytest.mark.parametrize("page", ["one", "selected"])
async def test_who_is_removed_in_the_admin_is_out(
    open_list, share, alice, bob, client, page
):
    member = await sync_to_async(share)(bob)
    his = await open_list(user=bob)
    alice.is_staff = alice.is_superuser = True
    await alice.asave()
    url, data = "/admin/checklist/membership/", {"post": "yes"}
    if page == "one":
        url += f"{member.pk}/delete/"
    else:
        data |= {"action": "delete_selected", "_selected_action": [member.pk]}

    await sync_to_async(client.post)(url, data)

    assert await his.receive_output(timeout=5) == CLOSED


async def test_old_group_is_left(open_list, share, alice, bob):
    member = await sync_to_async(share)(bob, "reader")
    hers, his = await open_list(), await open_list(user=bob)
    frame = {"type": "member.update", "id": member.pk, "role": "editor"}
    await hers.send_json_to(frame)
    for tab in hers, his:
        assert (await tab.receive_json_from())["type"] == "task.list"

    event = {"type": "entity.change", "text": "{}"}
    old = f"checklist.user.{alice.pk}.0"
    await get_channel_layer().group_send(old, event)

    assert await his.receive_nothing()


async def test_new_list_costs_only_who_has_asked(open_list, share, alice, bob, answer):
    member = await sync_to_async(share)(bob)
    tasks = [Task(user=alice, name="Buy bread") for _ in range(100)]
    await Task.objects.abulk_create(tasks)
    hers, his = await open_list(), await open_list(user=bob)
    await answer(his, {"type": "nothing"})  # what the first list costs is paid by now
    before = share_of(bob).limits.bucket.tokens

    frame = {"type": "member.update", "id": member.pk, "role": "reader"}
    await hers.send_json_to(frame)

    assert (await his.receive_json_from())["role"] == "reader"
    assert share_of(bob).limits.bucket.tokens >= before


def test_api_lets_the_owner_alone_decide(api_of, share, alice, bob, carol):
    own, other = share(bob), share(carol)
    his, hers = api_of(bob), api_of(alice)
    new = {"user": "bob", "role": "reader"}

    for pk in own.pk, other.pk:
        changed = his.patch(f"{LIST}/members/{pk}", {"role": "reader"}, JSON)
        assert changed.json() == {"detail": OWNER_DECIDES}
    assert his.delete(f"{LIST}/members/{other.pk}").status_code == 403
    assert his.delete(f"{LIST}/members/{own.pk}").status_code == 204
    assert his.get(f"{LIST}/members").status_code == 404
    assert hers.post("/api/members", new, JSON).status_code == 201
    assert hers.get("/api/members").json()["count"] == 2

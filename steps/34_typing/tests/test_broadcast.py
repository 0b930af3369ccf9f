from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.db import transaction
from django.test import AsyncClient

from checklist.models import Checklist, Task


async def test_change_in_the_admin_moves_every_tab(checklist, alice, bob):
    await sync_to_async(make_admin)(alice)
    tabs = [await checklist(), await checklist(user=bob)]
    for tab in tabs:
        tab.ignored = ()
    task = await Task.objects.acreate(user=alice, name="Buy bread")
    browser = AsyncClient()
    await browser.aforce_login(alice)

    url = f"/admin/checklist/task/{task.pk}/change/"
    response = await browser.post(url, {"user": bob.pk, "name": "Buy bread"})

    assert response.status_code == 302
    for tab in tabs:
        pong = {"type": "pong", "version": tab.version + 1}
        assert await tab.receive_json_from() == pong


def make_admin(user):
    user.is_staff = user.is_superuser = True
    user.save()


async def test_change_in_the_admin_is_saved_though_nobody_can_be_told(
    checklist, alice, monkeypatch, caplog
):
    await sync_to_async(make_admin)(alice)
    await checklist()
    browser = AsyncClient()
    await browser.aforce_login(alice)

    async def fail(*args):
        raise ConnectionError("Redis is away")

    monkeypatch.setattr(get_channel_layer(), "group_send", fail)
    data = {"user": alice.pk, "name": "Buy bread"}
    response = await browser.post("/admin/checklist/task/add/", data)

    assert response.status_code == 302
    assert await Task.objects.filter(name="Buy bread").aexists()
    assert "Redis is away" in caplog.text


async def test_change_that_is_rolled_back_is_told_to_nobody(checklist, alice):
    tab = await checklist()

    @sync_to_async
    def fail():
        with transaction.atomic():
            task = Task.objects.create(user=alice, name="Buy bread")
            Checklist.lock(alice).broadcast("task.create", {"id": task.pk})
            transaction.set_rollback(True)

    await fail()

    assert await tab.receive_nothing()
    assert not await Task.objects.aexists()
    assert (await checklist()).version == tab.version


async def test_rows_changed_behind_the_list_are_seen_when_it_tells(checklist, alice):
    await Task.objects.acreate(user=alice, name="Buy bread")
    tab = await checklist()
    tab.ignored = ()

    await Task.objects.filter(user=alice).aupdate(name="Buy rye bread")
    await tab.send_json_to({"type": "ping"})
    assert await tab.receive_json_from() == {"type": "pong", "version": tab.version}

    @sync_to_async
    def tell():
        with transaction.atomic():
            Checklist.lock(user=alice).broadcast("pong", {})

    await tell()

    told = {"type": "pong", "version": tab.version + 1}
    assert await tab.receive_json_from() == told

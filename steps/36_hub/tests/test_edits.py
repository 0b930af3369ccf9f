import pytest
from asgiref.sync import sync_to_async

from checklist.models import Item, Task

JSON = "application/json"
CHANGED = "Somebody else has changed this in the meantime."


@pytest.fixture
def bread(alice):
    task = Task.objects.create(user=alice, name="Shopping")
    return Item.objects.create(task=task, name="Bread")


async def test_later_of_two_renamings_is_refused_and_told(
    open_list, share, bread, bob, answer
):
    await sync_to_async(share)(bob)
    hers, his = await open_list(), await open_list(user=bob)
    rename = {"type": "item.update", "id": bread.pk, "was": {"name": "Bread"}}

    assert (await answer(hers, rename | {"name": "Rye bread"}))["name"] == "Rye bread"
    assert (await his.receive_json_from())["name"] == "Rye bread"
    error = await answer(his, rename | {"name": "Toast", "frame_id": "a"})

    assert (error["type"], error["message"]) == ("error", CHANGED)
    assert error["frame_id"] == "a"
    assert await hers.receive_nothing()
    assert (await Item.objects.aget()).name == "Rye bread"
    again = rename | {"name": "Toast", "was": {"name": "Rye bread"}}
    assert (await answer(his, again))["name"] == "Toast"


async def test_two_renamings_by_one_tab_are_both_carried_out(open_list, bread):
    """The second goes out before the first is answered."""
    tab = await open_list()

    for was, name in ("Bread", "Rye bread"), ("Rye bread", "Toast"):
        frame = {"type": "item.update", "id": bread.pk, "name": name}
        await tab.send_json_to(frame | {"was": {"name": was}})

    names = [(await tab.receive_json_from())["name"] for _ in range(2)]
    assert names == ["Rye bread", "Toast"]


async def test_tick_does_not_stand_in_the_way_of_a_renaming(open_list, bread, answer):
    tab = await open_list()
    await answer(tab, {"type": "item.update", "id": bread.pk, "done_at": None})

    frame = {"type": "item.update", "id": bread.pk, "name": "Toast"}
    assert (await answer(tab, frame | {"was": {"name": "Bread"}}))["name"] == "Toast"


@pytest.mark.parametrize("entity", ["task", "item"])
async def test_row_that_was_renamed_is_not_deleted(open_list, bread, answer, entity):
    tab = await open_list()
    pk = bread.pk if entity == "item" else bread.task_id

    frame = {"type": f"{entity}.delete", "id": pk, "was": {"name": "Milk"}}
    error = await answer(tab, frame)

    assert error["message"] == CHANGED
    assert await Item.objects.aexists()


async def test_who_does_not_say_what_they_saw_changes_it(open_list, bread, answer):
    tab = await open_list()

    for was in {}, {"was": {}}:
        frame = {"type": "item.update", "id": bread.pk, "name": "Toast"} | was
        assert (await answer(tab, frame))["name"] == "Toast"


ODD = [None, True, 7, "name", [], ["name"], [{"name": "Bread"}]]
UNKNOWN = [{"nothing": 1}, {"": None}, {"name": None}, {"name": {}}]
UNKNOWN += [{"name": "bread"}, {"id": "1"}, {"name": "\0"}, {"item_set": []}]


@pytest.mark.parametrize("was", [*ODD, *UNKNOWN], ids=repr)
async def test_what_was_never_so_is_refused(open_list, bread, answer, was):
    tab = await open_list()

    frame = {"type": "item.update", "id": bread.pk, "name": "Toast", "was": was}
    error = await answer(tab, frame)

    assert error["type"] == "error"
    assert "Something went wrong" not in error["message"]
    assert (await Item.objects.aget()).name == "Bread"


def test_api_tells_a_conflict(api_of, bread, alice):
    client, url = api_of(alice), f"/api/items/{bread.pk}"

    change = {"name": "Toast", "was": {"name": "Milk"}}
    refused = client.patch(url, change, JSON)

    assert refused.status_code == 409
    assert refused.json() == {"detail": CHANGED}
    change["was"] = {"name": "Bread"}
    assert client.patch(url, change, JSON).status_code == 200


def test_task_is_compared_with_its_items_too(api_of, bread, alice):
    """Whoever wants to can say how all of a task looked."""
    client, url = api_of(alice), f"/api/tasks/{bread.task_id}"
    seen = client.get(url).json()
    bread.name = "Rye bread"
    bread.save()

    change = {"name": "Market", "was": seen}

    assert client.patch(url, change, JSON).status_code == 409
    change["was"] = client.get(url).json()
    assert client.patch(url, change, JSON).status_code == 200

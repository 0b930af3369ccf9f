"""A checklist of 10,000 tasks with five items each, on each server."""

import asyncio
import json

from tests.load.crowd import connect, make_crowd

TASKS, ITEMS = 10_000, 5
VARIABLES = {"FRAME_BURST": "0"}  # a list as long as that costs more than anybody has
MAKE_LIST = f"""
from django.contrib.auth import get_user_model
from checklist.models import Item, Task
user = get_user_model().objects.order_by("pk").first()
names = [f"Task {{number}}: à faire" for number in range({TASKS})]
tasks = Task.objects.bulk_create(Task(user=user, name=name) for name in names)
items = (Item(task=task, name=f"Item {{n}}") for task in tasks for n in range({ITEMS}))
Item.objects.bulk_create(items, batch_size=5000)
"""


async def test_list_of_ten_thousand_tasks_arrives_and_changes_follow(server):
    crowd = await asyncio.to_thread(make_crowd, server, 1)
    (session,) = crowd.values()
    await asyncio.to_thread(server.manage, "shell", "--no-imports", "-c", MAKE_LIST)
    clock = asyncio.get_running_loop().time
    start = clock()
    # As a browser's: no limit of its own but the server's.
    tab = await connect(server, "ws/checklist/", session, max_size=None)
    connected = clock()

    texts = [await tab.recv()]
    first = json.loads(texts[0])
    texts += [await tab.recv() for _ in range(1, first["parts"])]
    took = clock() - start

    frames = [json.loads(text) for text in texts]
    tasks = [task for frame in frames for task in frame["tasks"]]
    assert [frame["part"] for frame in frames] == [*range(1, len(frames) + 1)]
    assert len(tasks) == TASKS
    assert all(len(task["item_set"]) == ITEMS for task in tasks)
    assert max(map(len, texts)) < 1024**2
    await tab.send(json.dumps({"type": "task.delete", "id": tasks[-1]["id"]}))
    assert json.loads(await tab.recv())["id"] == tasks[-1]["id"]
    print(
        f"{TASKS} tasks: connected in {connected - start:.2f} s,"
        f" {len(texts)} frames of up to {max(map(len, texts)):,} bytes in {took:.1f} s"
    )

"""What the work of the last step is made of: `python -m bench.cost_parts` prints a table.

Each part runs alone in one thread, on a database with one user and 1,000 tasks; what
counts is the processor's time, and of several rounds the median. `take_apart` in
`bench.processes` starts it.
"""

# `core` and `checklist` are those of the step in whose folder this runs.
# pyright: reportMissingImports=false

import json
import time
from collections.abc import Callable, Iterator
from statistics import median
from unittest.mock import Mock

# What a server loads, and what it tells the garbage collector, before any model.
import core.asgi  # noqa: F401

# isort: split
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.models import Session
from django.db import transaction

from bench.results import markdown
from checklist.models import Checklist
from checklist.receivers import TaskReceiver
from checklist.serializers import TaskSerializer
from core.parts import in_parts
from core.rows import shape_rows
from core.sessions import ended

ROUNDS = 5


def microseconds(part: Callable, times: int) -> float:
    """Give the processor's time of one call, the median of some rounds."""
    part()
    found = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(times):
            part()
        found.append((time.process_time() - start) / times * 1_000_000)
    return median(found)


def parts_of_a_change(user: AbstractBaseUser) -> Iterator[tuple[str, Callable]]:
    """The parts that one change after the other has, beside those of the frame."""
    # What `ended` looks at.
    key = Session.objects.all()[0].session_key
    hash = user.get_session_auth_hash()
    socket = Mock(scope={"user": user}, session_key=key, token=None, auth_hash=hash)
    receiver = TaskReceiver({"user": user})
    task = receiver.create({"name": "Buy bread"})

    @transaction.atomic
    def number():
        Checklist.lock(user).next_version()

    @transaction.atomic
    def update():
        receiver.update({"id": task["id"], "name": "Bake bread"})

    @transaction.atomic
    def create_and_delete():
        receiver.delete(receiver.create({"name": "Buy bread"}))

    @transaction.atomic
    def find():
        receiver.get_object({"id": task["id"]})

    def validate():
        TaskSerializer(data={"name": "Buy bread"}).is_valid(raise_exception=True)

    yield "Has the session ended? (Once a second.)", lambda: ended([socket])
    yield "Lock the checklist and number the change", number
    yield "Update a task", update
    yield "… find it, with its items", find
    yield "… validate its name with DRF", validate
    yield "Create a task and delete it", create_and_delete


def parts_of_a_list(user: AbstractBaseUser) -> Iterator[tuple[str, Callable]]:
    """The parts of a list of 1,000 tasks, and what was in the place of the first."""
    rows = TaskReceiver({"user": user}).get_queryset()
    tasks = [*rows.all()]
    data = TaskSerializer(tasks, many=True).data
    yield (
        "1,000 tasks: shape them by `values()`",
        lambda: shape_rows(TaskSerializer, rows.all()),
    )
    yield "1,000 tasks: cut the list and encode it", lambda: json.dumps(in_parts(data))
    yield "Instead: make objects of the rows", lambda: [*rows.all()]
    yield (
        "… and shape these with DRF",
        lambda: TaskSerializer(tasks, many=True).data,
    )


def main() -> None:
    user = get_user_model().objects.get()
    lines = [["", "µs of CPU"]]
    for parts, times in ((parts_of_a_change, 100), (parts_of_a_list, 2)):
        for name, part in parts(user):
            lines.append([name, f"{microseconds(part, times):,.0f}"])
    print(markdown(lines))


if __name__ == "__main__":
    main()

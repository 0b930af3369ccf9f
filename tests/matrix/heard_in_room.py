"""Runs among the tests of the step with `send_message`, beside the page's chat/tasks.py."""

import pytest
from chat.tasks import announce
from django.tasks import TaskResultStatus

from chat.models import Message


async def test_task_is_heard_in_the_room(connect):
    socket = await connect()

    await announce.aenqueue("general", "Lunch is ready")

    assert (await socket.receive_json_from())["message"] == "Lunch is ready"


def test_task_has_run_when_enqueue_returns(room):
    announce.enqueue("general", "Lunch is ready")

    assert Message.objects.get().message == "Lunch is ready"


@pytest.mark.django_db
def test_error_is_kept_in_the_result_and_not_raised():
    result = announce.enqueue("nowhere", "Lunch is ready")

    assert result.status == TaskResultStatus.FAILED
    assert result.errors[0].exception_class_path == "chat.models.Room.DoesNotExist"

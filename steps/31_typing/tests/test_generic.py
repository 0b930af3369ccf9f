import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from checklist.models import Task
from checklist.receivers import TaskReceiver
from checklist.serializers import TaskSerializer
from core.receivers import GenericReceiver


class HookedReceiver(TaskReceiver):
    """Shouts, renames with a number, and keeps what it is to delete."""

    def perform_create(self, serializer):
        name = serializer.validated_data["name"].upper()
        serializer.save(user=self.user, name=name)

    def perform_update(self, serializer):
        serializer.save(name=f"{serializer.validated_data['name']} (2)")

    def perform_delete(self, row):
        pass


class WithoutRows(GenericReceiver):
    serializer_class = TaskSerializer


class WithoutSerializer(GenericReceiver):
    def get_queryset(self):
        return Task.objects.all()


@pytest.fixture(autouse=True)
def in_a_transaction(alice):
    """As in a consumer: whoever changes a row locks it until the transaction ends."""
    with transaction.atomic():
        yield


@pytest.fixture
def receiver(alice):
    return HookedReceiver(alice)


@pytest.mark.parametrize("action", ["update", "delete"])
def test_missing_queryset_is_told_with_the_name_of_the_class(alice, action):
    with pytest.raises(ImproperlyConfigured, match="WithoutRows .* get_queryset"):
        WithoutRows(alice).handle(action, {"id": 1})


@pytest.mark.parametrize("action", ["create", "update"])
def test_missing_serializer_is_told_with_the_name_of_the_class(alice, action):
    task = Task.objects.create(user=alice, name="Buy bread")

    with pytest.raises(ImproperlyConfigured, match="WithoutSerializer .* serializer"):
        WithoutSerializer(alice).handle(action, {"id": task.pk, "name": "Bake"})


def test_perform_create_decides_what_is_saved(receiver):
    data = receiver.handle("create", {"name": "Buy bread"})

    assert data["name"] == Task.objects.get().name == "BUY BREAD"


def test_perform_update_decides_what_is_saved(receiver, alice):
    task = Task.objects.create(user=alice, name="Buy bread")

    data = receiver.handle("update", {"id": task.pk, "name": "Bake"})

    assert data["name"] == Task.objects.get().name == "Bake (2)"


def test_perform_delete_decides_what_is_deleted(receiver, alice):
    task = Task.objects.create(user=alice, name="Buy bread")

    assert receiver.handle("delete", {"id": task.pk}) == {"id": task.pk}
    assert Task.objects.get() == task

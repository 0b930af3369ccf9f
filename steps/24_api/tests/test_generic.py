import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework import serializers

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


class DistinctReceiver(TaskReceiver):
    """Asks for its rows by a query that can't lock them."""

    def get_queryset(self):
        return super().get_queryset().distinct()


class OwnedSerializer(serializers.ModelSerializer):
    user = serializers.HiddenField(default=serializers.CurrentUserDefault())

    class Meta:
        model = Task
        fields = ["id", "name", "user"]


class ByActionReceiver(GenericReceiver):
    """Lets a serializer of its own fill in the user, and only when it creates."""

    def get_queryset(self):
        return Task.objects.filter(user=self.user)

    def get_serializer_class(self):
        return OwnedSerializer if self.action == "create" else TaskSerializer


class MoveSerializer(serializers.Serializer):
    """Has no model, and so no Meta."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField()

    def update(self, row, validated_data):
        return row


class MovingReceiver(TaskReceiver):
    serializer_class = MoveSerializer


class TextIdSerializer(serializers.Serializer):
    id = serializers.CharField()


class SessionSerializer(serializers.ModelSerializer):
    id = serializers.CharField(source="pk", read_only=True)

    class Meta:
        model = Session
        fields = ["id", "session_data"]


class SessionReceiver(GenericReceiver):
    """Rows whose key is a text."""

    serializer_class = SessionSerializer
    id_serializer_class = TextIdSerializer

    def get_queryset(self):
        return Session.objects.all()


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
def scope(alice):
    return {"user": alice}


@pytest.fixture
def receiver(scope):
    return HookedReceiver(scope)


@pytest.mark.parametrize("action", ["update", "delete"])
def test_missing_queryset_is_told_with_the_name_of_the_class(scope, action):
    with pytest.raises(ImproperlyConfigured, match="WithoutRows .* get_queryset"):
        WithoutRows(scope).handle(action, {"id": 1})


@pytest.mark.parametrize("action", ["create", "update"])
def test_missing_serializer_is_told_with_the_name_of_the_class(alice, scope, action):
    task = Task.objects.create(user=alice, name="Buy bread")

    with pytest.raises(ImproperlyConfigured, match="WithoutSerializer .* serializer"):
        WithoutSerializer(scope).handle(action, {"id": task.pk, "name": "Bake"})


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


def test_delete_does_not_fetch_what_nobody_is_shown(scope, alice):
    task = Task.objects.create(user=alice, name="Buy bread")
    task.item_set.create(name="Rye")
    receiver = TaskReceiver(scope)

    with CaptureQueriesContext(connection) as queries:
        receiver.handle("delete", {"id": task.pk})

    assert len(queries) > 1
    assert not [q for q in queries if q["sql"].startswith('SELECT "checklist_item"')]
    assert not Task.objects.exists()


def test_row_of_somebody_else_is_not_even_locked(scope, bob):
    task = Task.objects.create(user=bob, name="Buy bread")
    receiver = TaskReceiver(scope)

    with (
        CaptureQueriesContext(connection) as queries,
        pytest.raises(ValidationError, match="no such task"),
    ):
        receiver.handle("delete", {"id": task.pk})

    assert all('"user_id" = ' in query["sql"] for query in queries)


def test_query_that_cannot_lock_its_rows_serves_as_well(scope, alice):
    task = Task.objects.create(user=alice, name="Buy bread")

    data = DistinctReceiver(scope).handle("update", {"id": task.pk, "name": "Bake"})

    assert data["name"] == Task.objects.get().name == "Bake"


def test_serializer_need_not_have_a_model(scope, alice):
    task = Task.objects.create(user=alice, name="Buy bread")
    receiver = MovingReceiver(scope)
    frame = {"id": task.pk, "name": "away"}

    assert receiver.handle("update", frame) == {"id": task.pk, "name": "Buy bread"}
    with pytest.raises(ValidationError, match="no such task"):
        receiver.handle("update", frame | {"id": 0})


def test_key_need_not_be_a_number(scope):
    Session.objects.create(session_key="a-b", expire_date=timezone.now())
    frame = {"id": "a-b", "session_data": "new"}
    receiver = SessionReceiver(scope)

    assert receiver.handle("update", frame) == frame
    assert receiver.handle("delete", {"id": "a-b"}) == {"id": "a-b"}
    assert not Session.objects.exists()


def test_serializer_is_chosen_by_action_and_knows_who_asks(scope, alice):
    receiver = ByActionReceiver(scope)

    created = receiver.handle("create", {"name": "Buy bread"})
    updated = receiver.handle("update", {"id": created["id"], "name": "Bake"})

    assert "user" not in created
    assert updated["user"] == str(alice)

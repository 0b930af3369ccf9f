from django.contrib.auth import get_user_model
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.serializers import IdField

from .models import Item, Membership, Task


class OwnTaskField(serializers.PrimaryKeyRelatedField):
    """A task of the same list: one of another answers like a missing one."""

    default_error_messages = {"does_not_exist": "There is no such task."}

    def get_queryset(self):
        return self.context["checklist"].user.task_set.all()


@extend_schema_field(str)
class NameField(serializers.SlugRelatedField):
    """The name of a user; the rules for new names are nobody's business here."""


class ItemSerializer(serializers.ModelSerializer):
    task = OwnTaskField(pk_field=IdField())
    done_by = NameField("username", read_only=True, allow_null=True)

    class Meta:
        model = Item
        fields = ["id", "name", "task", "done_at", "done_by"]

    def validate_task(self, task):
        task.check_space(self.instance)
        return task


class TaskSerializer(serializers.ModelSerializer):
    user = NameField("username", read_only=True)
    item_set = ItemSerializer(many=True, read_only=True)

    class Meta:
        model = Task
        fields = ["id", "name", "user", "item_set"]


class MemberSerializer(serializers.ModelSerializer):
    user = serializers.CharField()

    class Meta:
        model = Membership
        fields = ["id", "user", "role"]

    def validate_user(self, name):
        if self.instance:
            return self.instance.user  # another person is another member
        user = get_user_model().objects.filter(username=name, is_active=True).first()
        if user is None:
            raise serializers.ValidationError("There is no such user.")
        if self.context["checklist"].role_of(user):
            raise serializers.ValidationError("This user shares the list already.")
        return user

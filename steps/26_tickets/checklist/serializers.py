from rest_framework import serializers

from core.serializers import IdField

from .models import Item, Task


class OwnTaskField(serializers.PrimaryKeyRelatedField):
    """A task of the user's: somebody else's answers like a missing one."""

    default_error_messages = {"does_not_exist": "There is no such task."}

    def get_queryset(self):
        return self.context["user"].task_set.all()


class ItemSerializer(serializers.ModelSerializer):
    task = OwnTaskField(pk_field=IdField())
    done_by = serializers.StringRelatedField()

    class Meta:
        model = Item
        fields = ["id", "name", "task", "done_at", "done_by"]

    def validate_task(self, task):
        task.check_space(self.instance)
        return task


class TaskSerializer(serializers.ModelSerializer):
    user = serializers.StringRelatedField()
    item_set = ItemSerializer(many=True, read_only=True)

    class Meta:
        model = Task
        fields = ["id", "name", "user", "item_set"]

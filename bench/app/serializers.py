from rest_framework import serializers

from .models import Item, Task


class ItemSerializer(serializers.ModelSerializer):
    done_by = serializers.StringRelatedField()

    class Meta:
        model = Item
        fields = ["id", "name", "task", "done_at", "done_by"]


class TaskSerializer(serializers.ModelSerializer):
    user = serializers.StringRelatedField()
    item_set = ItemSerializer(many=True, read_only=True)

    class Meta:
        model = Task
        fields = ["id", "name", "user", "item_set"]

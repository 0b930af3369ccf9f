from django.apps import AppConfig


class ChecklistConfig(AppConfig):
    """The checklist of the contenders, under the name that it has in the steps."""

    name = "bench.app"
    label = "checklist"
    default_auto_field = "django.db.models.BigAutoField"

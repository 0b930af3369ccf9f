from django.apps import AppConfig
from django.core.checks import register

from core.checks import sessions_are_in_the_database


class ChatConfig(AppConfig):
    """The chat; `core` is no app, so its check is registered here."""

    name = "chat"

    def ready(self):
        register(sessions_are_in_the_database)

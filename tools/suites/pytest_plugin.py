"""Run pytest on the step in this folder, without what costs time and proves nothing.

The suites of the steps and `check` take the plugin from this file, far from the repository:
it imports nothing of it.
"""

from typing import Any

import pytest

HASHER = "django.contrib.auth.hashers.MD5PasswordHasher"
CREATE_PERMISSIONS = "django.contrib.auth.management.create_permissions"


class FastSuite:
    """A plugin of pytest for the suites of the steps.

    With `layer`, tests that run on several channel layers only run on this one.
    """

    def __init__(self, layer: str = ""):
        self.layer = layer

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self):
        """Hash passwords at once: a real hash is slow on purpose."""
        from django.conf import settings

        if settings.configured:
            settings.PASSWORD_HASHERS = [HASHER]

    def pytest_collection_modifyitems(self, config, items):
        """Leave out the other layers."""
        others = [item for item in items if layer_of(item) not in ("", self.layer)]
        if self.layer and others:
            config.hook.pytest_deselected(items=others)
            items[:] = [item for item in items if item not in others]

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef):
        result = yield
        if fixturedef.argname == "django_db_setup":
            keep_tables_empty()
            delete_rows()
        return result


def layer_of(item: pytest.Item) -> str:
    """Give the channel layer on which a test runs, or an empty text."""
    callspec = getattr(item, "callspec", None)
    return callspec.params.get("layer", "") if callspec else ""


def keep_tables_empty() -> None:
    """Let the flush after each test leave out permissions, which no test reads.

    Django would write them all anew, and content types too: these come back by
    themselves where the admin needs one.
    """
    from django.apps import apps
    from django.db.models.signals import post_migrate

    if not apps.is_installed("django.contrib.contenttypes"):
        return
    from django.contrib.contenttypes.management import create_contenttypes
    from django.contrib.contenttypes.models import ContentType

    def forget_content_types(**kwargs):
        ContentType.objects.clear_cache()

    post_migrate.disconnect(dispatch_uid=CREATE_PERMISSIONS)
    post_migrate.disconnect(create_contenttypes)
    post_migrate.connect(forget_content_types, weak=False)


def delete_rows() -> None:
    """Let PostgreSQL delete the few rows of a test: to truncate a table takes far longer.

    It makes new files for each table and each index. That was a third of the suites' time.
    """
    from django.db import connection

    def sql_flush(ops, style, tables, **kwargs):
        return [f"DELETE FROM {ops.quote_name(table)}" for table in tables]

    if connection.vendor == "postgresql":
        # Foreign keys are checked at the end of the transaction, in which all of it is run.
        operations: Any = type(connection.ops)
        operations.sql_flush = sql_flush

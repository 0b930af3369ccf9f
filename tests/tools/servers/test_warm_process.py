"""Processes for tests begin with Django imported, wherever temporary files lie."""

import os
import tempfile

import pytest

from tools.servers.warm_process import LONGEST
from tools.suites.shard import pool


def look() -> tuple[bool, str]:
    import sys

    return "django.test" in sys.modules, os.environ.get("DJANGO_SETTINGS_MODULE", "")


@pytest.mark.skipif(os.name != "posix", reason="nothing forks there")
def test_process_begins_with_django_imported():
    with pool(1) as processes:
        assert processes.submit(look).result()[0]


def test_process_starts_where_the_path_of_temporary_files_is_long(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / ("x" * LONGEST)))

    with pool(1) as processes:
        assert processes.submit(len, "done").result() == 4

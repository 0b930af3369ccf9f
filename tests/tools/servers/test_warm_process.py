"""Processes for tests begin with Django imported, wherever temporary files lie."""

import multiprocessing
import os
import sys
import tempfile

import pytest

from tools.chain.steps import find_step
from tools.servers.warm_process import LONGEST
from tools.suites import runner
from tools.suites.shard import pool


def look() -> tuple[bool, str]:
    import sys

    return "django.test" in sys.modules, os.environ.get("DJANGO_SETTINGS_MODULE", "")


@pytest.mark.skipif(os.name != "posix", reason="nothing forks there")
def test_process_begins_with_django_imported():
    with pool(1) as processes:
        assert processes.submit(look).result()[0]


@pytest.fixture
def no_fork(monkeypatch):
    """A system that can only start processes anew, as Windows."""
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    monkeypatch.delattr(os, "fork", raising=False)


def test_process_starts_anew_where_nothing_forks(no_fork):
    with pool(1) as processes:
        assert processes.submit(os.getppid).result() == os.getpid()


def test_suite_passes_where_nothing_forks(no_fork):
    outcome = runner.run(find_step("1"), [])

    assert outcome.code == 0, outcome.output
    assert outcome.counts["passed"] > 3


def test_pool_is_one_that_windows_can_wait_for(no_fork, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")

    pool(200).shutdown()


def test_process_starts_where_the_path_of_temporary_files_is_long(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / ("x" * LONGEST)))

    with pool(1) as processes:
        assert processes.submit(len, "done").result() == 4

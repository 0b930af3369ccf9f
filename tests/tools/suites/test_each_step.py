"""Each step stands alone, and its tests tell it from the step before."""

import os
import shutil
import subprocess
import sys

import pytest

from tools.chain.steps import (
    Step,
    all_steps,
    copy_step,
    find_step,
    step_files,
    step_pairs,
)
from tools.suites import runner
from tools.suites.shard import pool, run_shard


@pytest.fixture(scope="module")
def processes():
    with pool(1) as processes:
        yield processes


# In one process: each start of Django takes a second.
MIGRATE = """
from django.core.management import call_command
call_command("makemigrations", check=True)
call_command("migrate")
"""


def python(folder, *args: str) -> subprocess.CompletedProcess:
    """Run Python in a folder, without what these tests' own run has set."""
    ours = ("PYTEST", "DJANGO", "PYTHONPATH")
    return subprocess.run(
        [sys.executable, *args],
        cwd=folder,
        env={k: v for k, v in os.environ.items() if not k.startswith(ours)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


@pytest.mark.parametrize("step", all_steps(), ids=lambda step: step.name)
def test_step_alone_has_all_its_migrations(tmp_path, step):
    copy_step(step, tmp_path)

    done = python(tmp_path, "manage.py", "shell", "--command", MIGRATE)

    assert done.returncode == 0, done.stdout
    assert "Applying sessions.0001_initial... OK" in done.stdout


def test_tests_of_a_step_run_far_from_the_repository(repository):
    repository.write(
        "steps/02_second/test_place.py",
        """
        from pathlib import Path
        import importlib.util

        def test_place():
            here = Path(__file__).parent
            assert here.name == "02_second"
            assert (here / "notes/app.py").exists()
            assert not any((folder / "steps").exists() for folder in here.parents)
            assert importlib.util.find_spec("tools") is None
        """.replace("\n        ", "\n"),
    )

    outcome = runner.run(find_step("2", repository.root), [])

    assert outcome.code == 0, outcome.output
    assert outcome.counts["passed"] == 1


@pytest.mark.parametrize(
    ("before", "step"),
    [pytest.param(*pair, id=pair[1].name) for pair in step_pairs()[1:]],
)
def test_tests_of_a_step_fail_on_the_step_before(processes, tmp_path, before, step):
    copy_step(before, tmp_path)
    shutil.rmtree(tmp_path / "tests")
    shutil.copytree(step.folder / "tests", tmp_path / "tests")

    args = ["-x", *own_tests(before, step), "tests"]
    done = processes.submit(run_shard, tmp_path, args, {}).result()

    # A test fails, or there is nothing for it to import, or for its fixtures.
    no_fixtures = "ImportError while loading conftest" in done.output
    assert done.code in (1, 2) or no_fixtures, done.output


def own_tests(before: Step, step: Step) -> list[str]:
    """The test modules that the step before lacks: the first of them to fail will do."""
    found = [path for path in step_files(step.folder) if path.startswith("tests/test_")]
    return [path for path in found if _read(before, path) != _read(step, path)]


def _read(step: Step, path: str) -> bytes | None:
    file = step.folder / path
    return file.read_bytes() if file.exists() else None


DEPRECATED = """
import warnings

import pytest
from django.utils import deprecation


@pytest.mark.parametrize("when", ["In", "After"])
def test_warning(when):
    category = getattr(deprecation, f"Removed{when}NextVersionWarning")
    warnings.warn("Django will remove this.", category)
"""


def test_warning_of_what_django_will_remove_fails_a_step(tmp_path, processes):
    copy_step(all_steps()[0], tmp_path)
    (tmp_path / "tests/test_warned.py").write_text(DEPRECATED, "utf-8")

    job = processes.submit(run_shard, tmp_path, ["tests/test_warned.py"], {})
    outcome = job.result()

    assert outcome.counts == {"passed": 0, "failed": 2, "skipped": 0}
    assert "Django will remove this." in outcome.output

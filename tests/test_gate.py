"""Each step stands alone, and its tests tell it from the step before."""

import os
import shutil
import subprocess
import sys

import pytest

from tutorial import chain


def copy(step: chain.Step, target) -> None:
    """Copy the files of a step that count."""
    for path in chain.files(step.folder):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(step.folder / path, target / path)


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


@pytest.mark.parametrize("step", chain.steps(), ids=lambda step: step.name)
def test_step_alone_migrates_and_passes_its_tests(tmp_path, step):
    copy(step, tmp_path)

    for args in (
        ("manage.py", "makemigrations", "--check"),
        ("manage.py", "migrate"),
        ("-m", "pytest", "-q"),
    ):
        done = python(tmp_path, *args)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("before", "step"),
    [pytest.param(*pair, id=pair[1].name) for pair in chain.pairs()[1:]],
)
def test_tests_of_a_step_fail_on_the_step_before(tmp_path, before, step):
    copy(before, tmp_path)
    shutil.rmtree(tmp_path / "tests")
    shutil.copytree(step.folder / "tests", tmp_path / "tests")

    done = python(tmp_path, "-m", "pytest", "-q", "-x")

    # A test fails, or there is nothing for it to import, or for its fixtures.
    no_fixtures = "ImportError while loading conftest" in done.stdout
    assert done.returncode in (1, 2) or no_fixtures, done.stdout

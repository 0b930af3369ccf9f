"""What docs/django6.md says of Django 6, run with the Django of this environment.

`nox -s matrix` runs it in each of its environments; where that has Django 6, nothing may
be skipped. It needs no `conftest.py`, whose imports are not installed there.
"""

import os
import re
import subprocess
import sys
from importlib.metadata import metadata
from importlib.util import find_spec
from pathlib import Path

import django
import pytest

from tools.chain.steps import ROOT, all_steps, copy_step, find_step

HERE = f"this is about Django 6, and here is Django {django.__version__}"
SIX = django.VERSION >= (6,)
django_6 = pytest.mark.skipif(not SIX, reason=HERE)
# Where Django's own warnings of what it will remove are errors.
STRICT = """
import sys, warnings
from django.core.management import execute_from_command_line
from django.utils import deprecation
warnings.simplefilter("error", deprecation.RemovedInNextVersionWarning)
warnings.simplefilter("error", deprecation.RemovedAfterNextVersionWarning)
execute_from_command_line(sys.argv)
"""


def run(folder: Path, *args: str) -> str:
    """Run this Python in a folder; give what it prints, and fail where it fails."""
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "core.settings"}
    done = subprocess.run(
        [sys.executable, *args],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def code_of_page(title: str) -> str:
    """Give the code that the page shows for a file."""
    page = (ROOT / "docs/django6.md").read_text("utf-8")
    block = rf'^```python title="{re.escape(title)}"\n(.*?)^```$'
    (code,) = re.findall(block, page, re.MULTILINE | re.DOTALL)
    return code


@pytest.fixture
def made(tmp_path):
    """A project and an app as Django makes them."""
    run(tmp_path, "-m", "django", "startproject", "core", ".", "--settings=")
    run(tmp_path, "manage.py", "startapp", "chat")
    return tmp_path


@pytest.fixture
def last_step(tmp_path):
    copy_step(all_steps()[-1], tmp_path)
    return tmp_path


def without_auto_field(folder: Path) -> None:
    path = folder / "core/settings.py"
    line = 'DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\n'
    before, after = path.read_text("utf-8").split(line)
    path.write_text(before + after, "utf-8")


@django_6
def test_django_6_needs_python_3_12():
    assert metadata("django")["Requires-Python"] == ">=3.12"


def test_startproject_makes_the_files_of_the_first_step_that_nobody_replaces(made):
    first = all_steps()[0].folder

    for name in ("manage.py", "core/__init__.py"):
        assert (made / name).read_text("utf-8") == (first / name).read_text("utf-8")


def test_auto_field_is_in_no_new_project_of_django_6(made):
    settings = (made / "core/settings.py").read_text("utf-8")

    assert ("DEFAULT_AUTO_FIELD" not in settings) is SIX
    assert ("auto_field" not in (made / "chat/apps.py").read_text("utf-8")) is SIX


def test_mailers_are_in_a_new_project_since_django_6_1(made):
    settings = (made / "core/settings.py").read_text("utf-8")

    assert ("MAILERS" in settings) is (django.VERSION >= (6, 1))


def test_shell_knows_settings_and_timezone_since_django_6(made):
    known = "print('settings' in globals(), 'timezone' in globals())"

    printed = run(made, "manage.py", "shell", "--verbosity", "0", "-c", known)

    assert printed.split() == [str(SIX), str(SIX)]


@django_6
def test_last_step_needs_no_migration_even_without_its_auto_field(last_step):
    without_auto_field(last_step)

    run(last_step, "manage.py", "makemigrations", "--check", "--dry-run")


def test_last_step_loads_without_a_warning_of_what_will_be_removed(last_step):
    run(last_step, "-c", STRICT, "check")


@django_6
def test_pages_of_the_last_step_are_sent_with_the_policy(last_step):
    settings = last_step / "core/settings.py"
    settings.write_text(
        f"{settings.read_text('utf-8')}\n{code_of_page('core/settings.py')}", "utf-8"
    )

    run_tests(last_step, "policy_of_pages.py")


@django_6
def test_task_is_heard_by_everybody_in_a_room(tmp_path):
    copy_step(find_step("outside"), tmp_path)
    (tmp_path / "chat/tasks.py").write_text(code_of_page("chat/tasks.py"), "utf-8")

    run_tests(tmp_path, "heard_in_room.py")


@pytest.mark.parametrize("module", ["django.tasks", "django.utils.csp"])
def test_module_is_there_since_django_6(module):
    assert (find_spec(module) is not None) is SIX


def run_tests(folder: Path, name: str) -> None:
    """Put a module of this folder among a step's tests, and run it."""
    text = Path(__file__).with_name(name).read_text("utf-8")
    (folder / "tests/test_django6.py").write_text(text, "utf-8")
    options = ("-q", "-rs", "-p", "no:cacheprovider", "tests/test_django6.py")

    assert "skipped" not in run(folder, "-m", "pytest", *options)

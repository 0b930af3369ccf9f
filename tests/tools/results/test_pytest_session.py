"""Of the repository's own tests those are run that are not proved, and all when asked."""

import os
import subprocess
import sys

import pytest

from tools.chain.git import git
from tools.chain.steps import ROOT
from tools.results.fingerprint import forget_contents
from tools.results.pytest_session import key_of

CODE = """
import sys
from pathlib import Path
from tools.results.pytest_session import main
options = ["chain", "--folder", "tests", "--without", "tests/walks"]
sys.exit(main([*options, *sys.argv[1:]], Path.cwd()))
"""
ONE = "def test_one():\n    pass\n\n\ndef test_two():\n    pass\n"
ASKS = "import os\n\n\ndef test_asks():\n    assert os.environ['ANSWER'] == 'yes'\n"


@pytest.fixture
def session(repository):
    """Run the session in a repository with two modules of tests, and give what it says."""
    repository.write("tests/test_one.py", ONE)
    repository.write("tests/test_asks.py", ASKS)
    repository.write("tests/walks/test_apart.py", "assert False\n")
    repository.write(".gitignore", "__pycache__/\n.nox/\n.pytest_cache/\n")
    git("init", "--quiet", cwd=repository.root)

    def session(*args, answer="yes", code=0):
        env = os.environ | {"PYTHONPATH": str(ROOT), "ANSWER": answer}
        env.pop("PYTEST_XDIST_WORKER", None)
        command = [sys.executable, "-c", CODE, *args]
        done = subprocess.run(
            command, cwd=repository.root, env=env, capture_output=True, text=True
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    return session


def test_modules_that_passed_are_not_run_again(session):
    assert "3 passed" in session()

    told = session()

    assert "2 modules with 3 tests passed on 20" in told
    assert told.endswith("\n3 passed, 0 failed\n")


def test_module_that_failed_is_run_again_until_it_passes(session):
    session(answer="no", code=1)

    assert "1 failed" in session(answer="no", code=1)
    assert "1 passed" in session()
    assert "changed since" in session(answer="no")


@pytest.mark.parametrize("args", [["--all"], ["-k", "test"], ["tests/test_one.py"]])
def test_modules_are_run_again_when_somebody_asks(session, args):
    session()

    told = session(*args)

    assert "changed since" not in told
    assert "2 passed" in told or "3 passed" in told


def test_choice_of_tests_proves_no_module(session):
    session("-k", "test_one")

    assert "3 passed" in session()


def test_module_with_a_test_that_is_skipped_is_not_proved(session, repository):
    skips = "import pytest\n\n\ndef test_two():\n    pytest.skip('not here')\n"
    repository.write("tests/test_asks.py", skips)
    session()

    told = session()

    assert "1 module with 2 tests passed on 20" in told
    assert "1 skipped" in told


@pytest.mark.parametrize("path", ["docs/01_first.md", "tests/conftest.py", "new.txt"])
def test_module_is_run_again_after_any_change(session, repository, path):
    session()

    repository.write(path, "\n")

    assert "3 passed" in session()


def test_module_whose_import_fails_fails_the_session(session, repository):
    repository.write("tests/test_one.py", "import nothing_of_this_name\n")

    session(code=2)

    assert "error" in session(code=2)


def test_module_that_was_interrupted_is_not_proved(session, repository):
    stops = "import os\n\n\ndef test_two():\n    if os.environ['ANSWER'] == 'stop':\n"
    stops += "        raise KeyboardInterrupt\n"
    repository.write("tests/test_one.py", f"def test_one():\n    pass\n\n\n{stops}")
    repository.write("tests/test_asks.py", "def test_asks():\n    pass\n")
    session(answer="stop", code=2)

    assert "3 passed" in session()


@pytest.fixture
def key(repository):
    def key(module):
        forget_contents()
        return key_of(module, repository.root)

    return key


@pytest.mark.parametrize(
    ("module", "path", "differs"),
    [
        ("tests/walks/test_01_first.py", "docs/01_first.md", True),  # its own page
        ("tests/walks/test_01_first.py", "docs/other.md", False),
        ("tests/walks/test_01_first.py", "docs/recorded/01_first/run.txt", True),
        ("tests/walks/test_01_first.py", "tests/walks/stage.py", True),
        ("tests/walks/test_01_first.py", "tests/tools/test_new.py", False),
        ("tests/faults/test_faults.py", "tests/walks/stage.py", True),
        ("tests/attacks/test_texts.py", "tests/attacks/world.py", True),
        ("tests/attacks/test_texts.py", "tests/helpers/processes.py", True),
        ("tests/attacks/test_texts.py", "docs/other.md", False),
        ("tests/load/test_crowd.py", "steps/02_second/notes/app.py", True),
        ("tests/load/test_crowd.py", "tools/servers/redis_server.py", True),
        ("tests/tools/live/test_system.py", "docs/other.md", False),
        ("tests/tools/live/test_system.py", "tests/tools/live/other.py", True),
        ("tests/test_house_style.py", "docs/01_first.md", True),
        ("tests/test_of_tomorrow.py", "docs/any.txt", True),
    ],
)
def test_module_depends_on(repository, key, module, path, differs):
    before = key(module)

    repository.write(path, "changed = True\n")

    assert (key(module) != before) is differs


def test_walk_depends_on_the_front_matter_of_all_pages(repository, key):
    before = key("tests/walks/test_01_first.py")

    repository.edit("docs/02_second.md", "title: Second", "title: Other")

    assert key("tests/walks/test_01_first.py") != before

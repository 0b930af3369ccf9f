"""A check of any project comes to an end, and its words say what is wrong."""

import os
import re
import socket
import tempfile
import time

import pytest

from tests.helpers import tiny_project
from tools.chain.steps import find_step
from tools.learner.check import suite_run
from tools.learner.check.report import Report

WORK = tiny_project.FILES["core/work.py"]
# A project that starts a process, which says that it lives until it ends.
STARTS = """\
import subprocess, sys

code = "import socket; s = socket.create_connection(('127.0.0.1', %d));"
code += "print('It is there', flush=True); s.recv(1)"
started = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
started.stdout.readline()


"""
READ_THE_WORK = "read docs/01_pocket.md, section The work (01_pocket.html#the-work)"


@pytest.fixture
def check(tmp_path):
    """Check the pocket project with some files changed; give the report."""
    step = tiny_project.make(tmp_path / "tutorial")

    def run(changed=(), gone=(), **limits):
        folder = tiny_project.write(
            tmp_path / "my project", tiny_project.FILES | dict(changed)
        ).resolve()
        for path in gone:
            (folder / path).unlink()
        limits = {"silence": 20, "limit": 60} | limits
        return Report(step, folder, suite_run.run_suite(step, folder, **limits))

    return run


def test_project_that_is_right_passes(check):
    report = check()

    assert report.passed
    assert str(report) == (
        "Step 1, Pocket, is done: 2 tests pass.\n\nThat was the last step. Well done!"
    )


def test_failure_says_what_where_and_what_to_read(check):
    report = check({"core/work.py": WORK.replace("2 *", "3 *")})

    assert not report.passed
    assert str(report).split("\n") == [
        "1 of 2 tests pass so far.",
        "",
        "Start with this one:",
        "",
        "- double of two is four",
        "    AssertionError: assert 6 == 4",
        "    in tests/test_work.py, line 5",
        "",
        "  Have a look at core/work.py: double.",
        f"  To know more, {READ_THE_WORK}.",
        "",
        "When you have changed something, check again. For more help, add:",
        "    --answer  to see how core/work.py should be",
        "    --watch   to check again whenever you save a file",
    ]


def with_windows_line_endings(text: str) -> str:
    return text.replace("\n", "\r\n")


def test_project_with_the_line_endings_of_windows_is_the_same(check):
    files = tiny_project.FILES.items()
    project = {path: with_windows_line_endings(text) for path, text in files}

    assert str(check(project)) == str(check())


def test_failure_is_the_same_with_the_line_endings_of_windows(check):
    wrong = WORK.replace("2 *", "3 *")

    windows = check({"core/work.py": with_windows_line_endings(wrong)})

    assert not windows.passed
    assert str(windows) == str(check({"core/work.py": wrong}))


def test_hang_is_found_where_temporary_files_lie_behind_a_link(
    check, tmp_path, monkeypatch
):
    """As on macOS, where /tmp and /var lead into /private."""
    (tmp_path / "private").mkdir()
    try:
        (tmp_path / "tmp").symlink_to(tmp_path / "private")
    except OSError:
        pytest.skip("no links may be made here")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))

    hangs = "def double(number):\n    while True:\n        pass\n"
    report = check({"core/work.py": hangs}, silence=2)

    assert "    in core/work.py, line " in str(report)


def test_failure_of_a_test_that_the_page_names_leads_to_its_words(check):
    report = check({"core/work.py": "def double(number):\n    return 4\n"})

    assert "- double of none is none" in str(report)
    assert "section Traps (01_pocket.html#traps)" in str(report)


def test_error_in_the_projects_code_names_its_line(check):
    report = check({"core/work.py": "def double(number):\n    return nothing\n"})

    assert "NameError: name 'nothing' is not defined" in str(report)
    assert "    in core/work.py, line 2" in str(report)


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        ("core/urls.py", "def (\n", ["SyntaxError", "core/urls.py, line 1"]),
        ("core/urls.py", "\nimport nosuch\n", ["line 2", "nosuch isn't one of"]),
        (
            "core/urls.py",
            "import core.gone\n",
            ["core.gone isn't there: is it still to"],
        ),
        ("core/settings.py", "import sys\nsys.exit(0)\n", ["SystemExit", "line 2"]),
        ("core/settings.py", "from os import environ\nenviron['X_Y']\n", ["KeyError"]),
    ],
)
def test_project_that_cannot_be_imported_gets_one_message(check, path, text, told):
    report = check({path: text})

    assert not report.passed
    assert str(report).startswith("Your project cannot be imported")
    assert all(words in str(report) for words in [path, *told])
    assert "read docs/01_pocket.md, section" in str(report)


def test_missing_module_leads_to_where_it_is_made(check):
    report = check(gone=["core/work.py"])

    assert "- importing tests/test_work.py" in str(report)
    assert "core.work isn't there: is it still to come, or renamed?" in str(report)
    assert READ_THE_WORK in str(report)


def test_missing_settings_are_told(check):
    assert "core.settings isn't there" in str(check(gone=["core/settings.py"]))


def test_model_without_a_migration_asks_for_makemigrations(check):
    model = "from django.db import models\n\n\nclass Note(models.Model):\n    pass\n"

    report = check({"core/models.py": model})

    assert not report.passed
    assert "    python manage.py makemigrations core\n" in str(report)


def test_field_without_a_migration_asks_for_makemigrations(check, tmp_path):
    model = "from django.db import models\n\n\nclass Note(models.Model):\n    "
    model += "text = models.TextField()\n"
    migration = "from django.db import migrations, models\n\n\n"
    migration += "class Migration(migrations.Migration):\n    operations = ["
    migration += "migrations.CreateModel('Note', [('id', models.AutoField("
    migration += "primary_key=True))])]\n"

    files = {"core/migrations/__init__.py": "", "core/migrations/0001_initial.py": ""}
    tiny_project.write(tmp_path / "tutorial/steps/01_pocket", files)
    files["core/migrations/0001_initial.py"] = migration

    report = check({"core/models.py": model, **files})

    assert "makemigrations core" in str(report)


def test_migration_of_an_exercise_is_undone_before_others_are_made(check):
    migration = "from django.db import migrations, models\n\n\n"
    migration += "class Migration(migrations.Migration):\n    operations = ["
    migration += "migrations.CreateModel('Note', [('id', models.AutoField("
    migration += "primary_key=True))])]\n"
    files = {
        "core/migrations/__init__.py": "",
        "core/migrations/0001_note.py": migration,
    }

    words = str(check(files))

    assert "no test was run" in words
    assert "python manage.py migrate core zero\n" in words
    assert "makemigrations" not in words


def test_test_that_hangs_is_named_with_the_line(check):
    report = check(
        {"core/work.py": "def double(number):\n    while True:\n        pass\n"},
        silence=2,
    )

    assert not report.passed
    assert "hangs in the test “double of two is four”" in str(report)
    assert "    in core/work.py, line " in str(report)
    assert READ_THE_WORK in str(report)


def test_import_that_hangs_is_told_with_the_line(check):
    report = check({"core/urls.py": "while True:\n    pass\n"}, silence=2)

    assert "hangs when it is imported" in str(report)
    assert "    in core/urls.py, line " in str(report)


def test_run_that_takes_too_long_ends(check):
    slow = "import time\n\n\ndef double(number):\n    time.sleep(60)\n"
    began = time.monotonic()

    report = check({"core/work.py": slow}, limit=2)

    assert time.monotonic() - began < 20
    assert "That took too long" in str(report)


def test_flood_of_output_is_kept_from_the_terminal(check):
    flood = "def double(number):\n    while True:\n        print('flood' * 1000)\n"

    report = check({"core/work.py": flood}, silence=2)

    assert "hangs in the test" in str(report)
    assert "flood" not in str(report)
    assert len(report.suite_run.output) <= 4000


def test_long_message_is_cut_and_tells_the_terminal_nothing(check):
    loud = "def double(number):\n    raise ValueError('\\x1b[31m' + 'long' * 9999)\n"

    told = str(check({"core/work.py": loud}))

    assert "\x1b" not in told
    assert max(map(len, told.split("\n"))) < 200


@pytest.mark.parametrize("code", [0, 1])
def test_program_that_ends_itself_does_not_pass(check, code):
    ends = f"import os\n\n\ndef double(number):\n    os._exit({code})\n"

    report = check({"core/work.py": ends})

    assert not report.passed
    assert "ended the program in the test “double of two is four”" in str(report)


def test_exit_in_a_test_is_a_failure_like_others(check):
    ends = "import sys\n\n\ndef double(number):\n    sys.exit(0)\n"

    report = check({"core/work.py": ends})

    assert not report.passed
    assert "SystemExit: 0" in str(report)


def test_exit_when_a_test_is_imported_does_not_pass(check):
    report = check({"core/work.py": "import sys\n\nsys.exit(0)\n"})

    assert not report.passed
    assert "SystemExit" in str(report)
    assert "core/work.py, line 3" in str(report)


def test_breakpoint_that_was_forgotten_does_not_wait(check):
    report = check({"core/work.py": "def double(number):\n    breakpoint()\n"})

    assert not report.passed
    assert "double of two is four" in str(report)


def test_projects_own_ways_of_testing_do_not_count(check):
    skip = (
        "import pytest\n\n\ndef pytest_collection_modifyitems(items):\n    items[:] ="
    )
    wrong = {"core/work.py": WORK.replace("2 *", "3 *"), "conftest.py": f"{skip} []\n"}
    wrong["pytest.ini"] = "[pytest]\naddopts = --collect-only\n"
    wrong["tests/test_work.py"] = "def test_nothing():\n    pass\n"
    wrong["setup.cfg"] = "[tool:pytest]\naddopts = --collect-only\n"

    assert "AssertionError: assert 6 == 4" in str(check(wrong))


def test_shells_variables_do_not_reach_the_project(check, monkeypatch):
    for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"):
        monkeypatch.setenv(name, "nonsense://")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    asks = "import os\n\nassert 'DATABASE_URL' not in os.environ\n"
    asks += "assert 'REDIS_URL' not in os.environ\nurlpatterns = []\n"

    assert check({"core/urls.py": asks}).passed


def test_database_and_files_stay_as_they_are(check, tmp_path):
    folder = tiny_project.write(tmp_path / "my project", {"db.sqlite3": "mine"})
    # An absolute path leads out of the copy.
    relative = 'Path(__file__).parent.parent / "db.sqlite3"'
    absolute = tiny_project.SETTINGS.replace(relative, repr(str(folder / "db.sqlite3")))
    writes = "from django.db import connection\n\nurlpatterns = []\n"
    writes += "connection.cursor().execute('CREATE TABLE note (text)')\n"

    report = check({"core/settings.py": absolute, "core/urls.py": writes})

    assert report.passed
    assert (folder / "db.sqlite3").read_text() == "mine"
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert found == {*tiny_project.FILES, "db.sqlite3"}


def test_copy_leaves_out_what_is_no_part_of_the_project(tmp_path):
    step = tiny_project.make(tmp_path / "tutorial")
    outside = tiny_project.write(tmp_path / "outside", {"secret.py": ""})
    mine = tiny_project.FILES | {
        "notes.txt": "",
        "tests/test_mine.py": "",
        "env/pyvenv.cfg": "",
    }
    mine |= {"env/lib/x.py": "", "node_modules/x.js": "", ".git/config": ""}
    mine |= {"db.sqlite3": "", "db.sqlite3-wal": "", "core/__pycache__/x.pyc": ""}
    folder = tiny_project.write(tmp_path / "mine", mine)
    try:
        (folder / "secret.py").symlink_to(outside / "secret.py")
        (folder / "linked").symlink_to(outside)
        (folder / "core" / "loop").symlink_to(folder)
        (folder / "nowhere.py").symlink_to(folder / "gone.py")
    except OSError:
        pytest.skip("no links may be made here")

    suite_run.assemble(step, folder, tmp_path / "copy")

    found = (path for path in (tmp_path / "copy").rglob("*") if path.is_file())
    assert {path.relative_to(tmp_path / "copy").as_posix() for path in found} == {
        *tiny_project.FILES,
        "notes.txt",
    }


def test_skipped_tests_are_told(check, tmp_path):
    tests = tmp_path / "tutorial/steps/01_pocket/tests/test_redis.py"
    tests.write_text("import pytest\n\n\ndef test_x():\n    pytest.skip('no Redis')\n")

    report = check()

    assert report.passed
    assert "1 test could not be tried here: no Redis" in str(report)


def test_step_of_nothing_but_skipped_tests_does_not_pass(check, tmp_path):
    tests = tmp_path / "tutorial/steps/01_pocket/tests/test_work.py"
    tests.write_text("import pytest\n\n\ndef test_x():\n    pytest.skip('no Redis')\n")

    assert not check().passed


@pytest.mark.skipif(os.name != "posix", reason="there are no process groups")
def test_what_the_project_starts_ends_with_the_check(check):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        check({"core/work.py": STARTS % listener.getsockname()[1] + WORK})

        child, _ = listener.accept()
        child.settimeout(10)
        assert child.recv(1) == b""  # its other side is gone


@pytest.fixture
def many(tmp_path, monkeypatch):
    """The pocket tutorial with enough modules of tests for two workers."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    step = tiny_project.make(tmp_path / "tutorial")
    for number in range(2 * suite_run.ENOUGH - 1):
        module = f"from core.work import double\n\n\ndef test_{number}():\n"
        module += f"    assert double({number}) == {2 * number}\n"
        (step.folder / f"tests/test_{number}.py").write_text(module, "utf-8")
    return step


def test_workers_share_all_modules_and_none_twice(many):
    dealt = suite_run.shares(many)

    assert len(dealt) == 2
    modules = sorted(path for share in dealt for path in share)
    assert modules == sorted(
        f"tests/{path.name}" for path in many.folder.glob("tests/test_*.py")
    )


def test_what_the_first_steps_brought_is_tested_first():
    (first, *_), *_ = suite_run.shares(find_step("mixin"))

    assert first == "tests/test_consumers.py"


def test_many_modules_pass_together(many, check):
    report = check()

    assert report.passed, str(report)
    assert "is done: 9 tests pass." in str(report)


@pytest.mark.parametrize("number", range(2 * suite_run.ENOUGH - 1))
def test_failure_in_whatever_share_fails_the_whole(many, check, number):
    wrong = f"def double(number):\n    return 2 * number + (number == {number})\n"

    report = check({"core/work.py": wrong})

    assert not report.passed
    assert f"- {number}" in str(report)


def test_share_whose_program_ends_itself_does_not_pass(many, check):
    ends = "import os\n\n\ndef double(number):\n"
    ends += "    return 2 * number if number != 5 else os._exit(0)\n"

    report = check({"core/work.py": ends})

    assert not report.passed
    assert "ended the program in the test “5”" in str(report)


def test_share_that_hangs_is_named_though_others_are_done(many, check):
    hangs = "def double(number):\n    while number == 5:\n        pass\n"
    hangs += "    return 2 * number\n"

    report = check({"core/work.py": hangs}, silence=2)

    assert not report.passed
    assert "hangs in the test “5”" in str(report)
    assert re.search("    in core/work.py, line [23]", str(report))


def test_project_that_cannot_be_imported_is_told_once(many, check):
    report = check({"core/urls.py": "def (\n"})

    assert str(report).count("SyntaxError") == 1

"""A learner who does step 6 is told what is wrong and where to read, then that it holds."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from functools import partial

import pytest

from tools.chain.steps import ROOT, find_step
from tools.learner import project
from tools.learner.check import command, suite_run, watch

STEP = find_step("6")
PAGE = "docs/06_presence.md, section"
CHANGE = f"read {PAGE} The change (06_presence.html#the-change)"


@pytest.fixture
def mine(tmp_path):
    """The finished step 6 in a folder of the learner's own."""
    folder = tmp_path / "my chat"
    project.copy(STEP.folder, project.files_of(STEP), folder)
    return folder


@pytest.fixture
def told(mine, capsys):
    """Check the folder and give the exit code and what is printed."""

    def run(*args):
        code = command.main(list(args or ("6", str(mine))))
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


def edit(folder, path, old, new):
    text = (folder / path).read_text("utf-8")
    assert text.count(old) == 1
    (folder / path).write_text(text.replace(old, new), "utf-8")


def test_step_done_right_is_told_so(told):
    code, words = told()

    assert code == 0
    page = find_step("presence").page.read_text("utf-8")
    number = re.search(r"\d+ tests pass", page)[0]
    assert f"Step 6, Presence, is done: {number}.\n" in words
    assert "read docs/07_private.md (07_private.html on the site)\n" in words
    assert "doesn't" not in words


def test_file_that_was_forgotten_is_told(mine, told):
    (mine / "chat/presence.py").unlink()

    code, words = told()

    assert code == 1
    assert "chat.presence isn't there: is it still to come, or renamed?" in words
    assert "Your project doesn't have chat/presence.py yet." in words
    assert CHANGE in words


def test_migration_that_was_not_made_is_told(mine, told):
    for path in mine.glob("chat/migrations/0003_*"):
        path.unlink()

    code, words = told()

    assert code == 1
    assert "python manage.py makemigrations chat" in words
    assert "Your project doesn't have chat/migrations/0003_" in words
    assert CHANGE in words


def test_mistake_in_typing_is_told_with_its_line(mine, told):
    edit(
        mine, "chat/consumers.py", "def disconnect(self, code):", "def disconnect(self"
    )

    code, words = told()

    assert code == 1
    assert "SyntaxError" in words
    assert "in chat/consumers.py, line " in words
    assert "Have a look at chat/consumers.py: ChatConsumer.disconnect." in words
    assert CHANGE in words


def test_list_that_is_believed_when_it_is_old_is_told(mine, told):
    edit(mine, "chat/presence.py", "version <= self.version", "version < 0")

    code, words = told()

    assert code == 1
    assert "- late news of an older list is not believed" in words
    assert "Have a look at chat/presence.py: " in words
    assert CHANGE in words


def test_ping_that_does_not_sweep_is_told(mine, told):
    edit(
        mine,
        "chat/presence.py",
        "stale_connections().exists()",
        "connection_set.none()",
    )

    code, words = told()

    assert code == 1
    assert "- ghost is swept by a ping and announced" in words
    # The page names the test where it explains the trap.
    assert f"read {PAGE} A ghost in the list" in words


@pytest.fixture
def all_pass(monkeypatch):
    """Every run of the tests passes, at once."""
    passed = [{"kind": "passed", "test": "x"}, {"kind": "finished", "code": 0}]
    run = suite_run.SuiteRun(passed)
    monkeypatch.setattr(suite_run, "run_suite", lambda *args, **kwargs: run)


def test_browsers_side_is_told_though_no_test_sees_it(mine, told, all_pass):
    (mine / "core/static/core/clock.js").unlink()

    code, words = told()

    assert code == 0
    assert "no test looks at\nthe browser's side" in words
    assert "    core/static/core/clock.js\n" in words


def test_step_before_does_not_pass_and_ends_soon(mine, told):
    before = find_step("5")
    shutil.rmtree(mine)
    project.copy(before.folder, project.files_of(before), mine)

    code, words = told()

    assert code == 1
    assert "cannot import name 'STALE' from 'chat.models'" in words
    assert "begin like those that fail, and we left them out" in words


def test_app_that_was_renamed_is_told(mine, told):
    (mine / "chat").rename(mine / "talk")

    code, words = told()

    assert code == 2
    assert "has no folder chat" in words
    assert "These are there: core, talk, tests" in words
    assert CHANGE in words


@pytest.mark.parametrize(
    ("folder", "message"),
    [("nowhere", "There is no folder"), ("my chat/manage.py", "is a file")],
)
def test_folder_that_is_none_is_told(mine, told, folder, message):
    code, words = told("--from", str(mine.parent), "6", folder)

    assert code == 2
    assert message in words


def test_folder_without_a_project_is_told_where_there_is_one(mine, told):
    code, words = told("6", str(mine.parent))

    assert code == 2
    assert f"There is one in {mine}. Did you mean that folder?" in words


def test_unknown_step_lists_the_steps(mine, told):
    code, words = told("99", str(mine))

    assert code == 2
    assert "06_presence" in words


def test_exercise_that_was_not_undone_is_told_though_all_passes(mine, told, all_pass):
    extra = mine / "chat/migrations/0004_room_made_at.py"
    extra.write_text("class Migration:\n    pass\n", "utf-8")

    code, words = told()

    assert code == 0
    assert "chat/migrations/0004_room_made_at.py" in words
    assert "python manage.py migrate chat 0003_" in words


def test_first_line_does_not_wait_for_what_only_tests_need():
    code = "import sys, tools.learner.check.command as c; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )

    assert "tools.learner.check.command" in done.stdout
    assert not {"pytest", "django", "channels"} & {*done.stdout.split()}


def test_help_names_the_degrees_of_help(told, capsys):
    with pytest.raises(SystemExit):
        command.main(["--help"])

    words = capsys.readouterr().out
    assert all(option in words for option in ("--all", "--answer", "--watch"))


class Hands:
    """Somebody who does one thing each time that the watch looks away, then stops."""

    def __init__(self, *things):
        self.things = list(things)

    def __call__(self, seconds):
        if not self.things:
            raise KeyboardInterrupt
        self.things.pop(0)()


def nothing():
    pass


@pytest.fixture
def watched(mine, told, monkeypatch):
    """Watch the folder while somebody does some things; give the code and the words."""

    def run(*things):
        monkeypatch.setattr(watch, "wait", Hands(*things))
        return told("6", str(mine), "--watch")

    return run


def test_watch_checks_again_after_a_save(mine, watched, all_pass):
    save = partial((mine / "chat/urls.py").write_text, "# more", "utf-8")

    code, words = watched(nothing, save, nothing)

    assert code == 0
    assert words.count("is done: 1 test passes") == 2
    assert "\nchat/urls.py changed. Checking again …\n" in words
    assert words.endswith("\nNo longer watching.\n")


def test_watch_goes_on_where_a_check_is_refused(mine, watched, all_pass):
    away = partial((mine / "chat").rename, mine / "talk")
    back = partial((mine / "talk").rename, mine / "chat")

    code, words = watched(away, nothing, back, nothing)

    assert code == 0
    assert "has no folder chat" in words
    assert words.count("is done: 1 test passes") == 2


def test_watch_ends_with_its_folder(mine, watched, all_pass):
    code, words = watched(partial(shutil.rmtree, mine), nothing)

    assert code == 2
    assert "There is no folder" in words


def test_watch_that_is_stopped_in_the_first_check_ends_well(mine, watched, monkeypatch):
    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(suite_run, "run_suite", stop)

    code, words = watched()

    assert code == 0
    assert words.endswith("\nNo longer watching.\n")


@pytest.mark.skipif(os.name != "posix", reason="nothing sends Ctrl-C there")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_check_that_is_stopped_ends_what_it_started(mine, tmp_path, sign):
    files = tmp_path / "files"
    files.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        port = listener.getsockname()[1]
        hangs = (
            f"import socket\nsocket.create_connection(('127.0.0.1', {port})).recv(1)"
        )
        (mine / "core/urls.py").write_text(hangs, "utf-8")
        with subprocess.Popen(
            [sys.executable, "-m", "tools.learner.check.command", "6", str(mine)],
            cwd=ROOT,
            env=os.environ | {"TMPDIR": str(files)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        ) as process:
            inside, _ = listener.accept()
            process.send_signal(sign)
            words, _ = process.communicate(timeout=20)
        inside.settimeout(10)

        assert inside.recv(1) == b""  # its other side is gone
    assert process.returncode == 1
    assert words.endswith("\nStopped.\n")
    assert not list(files.iterdir())

"""What differs on Windows and macOS, simulated here: their consoles, names and clones.

What a single tool does about it is tested beside that tool. The workflow “Matrix” runs the
real systems.
"""

import os
import subprocess
import sys
from pathlib import PurePosixPath, PureWindowsPath

import pytest

from tests.helpers import ten_seconds
from tests.helpers.step_run import posix
from tools.chain.folders import DEVICE
from tools.chain.git import git
from tools.chain.steps import ROOT, step_files
from tools.learner import project

WHO = ("-c", "user.name=n", "-c", "user.email=n@example.com")
FOLDER = "Meine Übungen → 1"
CONSOLES = {
    "cp1252": {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
    "cp850": {"PYTHONIOENCODING": "cp850", "PYTHONUTF8": "0"},
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}
# What learners type, in the order in which they do.
COMMANDS = {
    "start": ("start", 0),
    "diff": ("diff", 0),
    "check": ("check.command", 1),  # nothing is done yet
    "rescue": ("rescue", 0),
    "check again": ("check.command", 0),
}
# Python as it is on Windows: without what a POSIX system alone can do.
WINDOWS = """
import asyncio, multiprocessing, os, runpy, signal, sqlite3, subprocess, sys, webbrowser
subprocess.Popen.kill = lambda process: process.send_signal(9)
for module, names in {
    os: "fork forkpty killpg getpgid setpgid setsid getuid geteuid getgid sysconf chown",
    signal: "SIGKILL SIGHUP SIGQUIT SIGUSR1 SIGUSR2 SIGALRM SIGCHLD",
}.items():
    for name in names.split():
        delattr(module, name)
sys.modules |= dict.fromkeys(["fcntl", "resource", "pwd", "grp", "termios"])
multiprocessing.get_all_start_methods = lambda: ["spawn"]
sys.platform = "win32"
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


def run(python: list[str], module: str, *args, cwd=ROOT, **variables):
    """Run a tool as a process of its own; give its exit code and what it printed."""
    done = subprocess.run(
        [*python, f"tools.{module}", *map(str, args)],
        cwd=cwd,
        env=os.environ | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
    )
    printed = done.stdout.decode("utf-8", errors="replace")
    assert "Traceback" not in printed, printed
    return done.returncode, printed


def learn(python: list[str], folder, cwd=ROOT, **variables) -> None:
    """Type all commands of a learner, who begins the second step and is rescued."""
    for name, (module, code) in COMMANDS.items():
        found = run(python, f"learner.{module}", 2, folder, cwd=cwd, **variables)
        assert found[0] == code, (name, *found)


@pytest.mark.parametrize("console", CONSOLES.values(), ids=CONSOLES)
def test_commands_print_to_a_console_of_few_characters(tmp_path, console):
    learn([sys.executable, "-m"], tmp_path / FOLDER, **console)


@pytest.mark.parametrize("console", CONSOLES.values(), ids=CONSOLES)
@pytest.mark.parametrize(
    ("module", "args", "code"),
    [
        ("classroom.export", [f"~no such user/{FOLDER}"], 2),
        ("classroom.wheels", [f"~no such user/{FOLDER}"], 2),
        ("classroom.manage", [FOLDER], 2),
        ("suites.runner", [FOLDER], 2),
        ("maintainer.new_step", ["9", FOLDER], 2),
    ],
)
def test_refusals_print_what_was_typed(module, args, code, console):
    found, printed = run([sys.executable, "-m"], module, *args, **console)

    assert found == code, printed
    assert "1" in printed


@posix
def test_step_runs_on_a_console_of_few_characters(tmp_path):
    env = os.environ | CONSOLES["C"] | {"TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "tools.classroom.run", "--no-browser", "1"]

    assert "Traceback" not in ten_seconds.main(command, 0, cwd=ROOT, env=env)


@posix
def test_commands_need_nothing_that_windows_lacks(tmp_path, taskkill):
    learn([sys.executable, "-c", WINDOWS], tmp_path / "my chat", **taskkill)


@posix
def test_step_runs_and_stops_without_what_windows_lacks(tmp_path, taskkill):
    command = [sys.executable, "-c", WINDOWS, "tools.classroom.run", "--no-browser"]
    env = os.environ | taskkill | {"TMPDIR": str(tmp_path)}

    printed = ten_seconds.main([*command, "1"], 0, cwd=ROOT, env=env)

    assert "Traceback" not in printed


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone of what learners need, as git for Windows makes it, in an odd folder."""
    root = tmp_path_factory.mktemp("origin")
    wanted = (".gitattributes", "requirements.txt", "docs/", "steps/", "tools/")
    paths = [path for path in step_files(ROOT) if path.startswith(wanted)]
    project.copy(ROOT, paths, root)
    git("init", "--quiet", "--template=", cwd=root)
    git("add", "--all", cwd=root)
    git(*WHO, "commit", "--quiet", "-m", "All", cwd=root)
    target = tmp_path_factory.mktemp("home") / FOLDER / "Django Übung"
    setting = ("-c", "core.autocrlf=true")
    git(*setting, "clone", "--quiet", root, target, cwd=root)
    return target


def test_clone_by_git_for_windows_has_our_line_endings(clone):
    contents = {path: (clone / path).read_bytes() for path in project.files(clone)}
    texts = {path: text for path, text in contents.items() if b"\0" not in text}

    assert len(texts) > 500
    assert [path for path, text in texts.items() if b"\r\n" in text] == []


def test_commands_work_in_a_clone_with_umlauts_and_spaces(clone):
    folder = clone.parent / "mein Chat"

    learn([sys.executable, "-m"], folder, cwd=clone)

    group = (clone / "steps/02_group/chat/consumers.py").read_bytes()
    assert (folder / "chat/consumers.py").read_bytes() == group


def odd_names(paths: list[str]) -> list[str]:
    """Give the paths that a Windows or a macOS cannot have, or only one of two."""
    folded = [path.casefold() for path in paths]
    return [
        path
        for path in paths
        if PureWindowsPath(path).parts != PurePosixPath(path).parts
        or len(path) > 150  # of 260, the rest is for the folder of the clone
        or folded.count(path.casefold()) > 1
        or any(
            DEVICE.fullmatch(part) or part[-1] in ". " or set(part) & set('<>:"|?*')
            for part in path.split("/")
        )
    ]


@pytest.mark.parametrize(
    "paths",
    [
        ["docs/aux.txt"],
        ["CON"],
        ["docs/nul/a"],
        ["dot./a"],
        ["space /a"],
        ["who?"],
        ["back\\slash"],
        ["c:/a"],
        ["a.txt", "A.txt"],
        ["x" * 151],
    ],
)
def test_planted_name_that_is_none_everywhere_is_found(paths):
    assert odd_names(["docs/index.md", *paths]) == paths


def test_every_file_can_be_there_on_every_system():
    assert odd_names(step_files(ROOT)) == []

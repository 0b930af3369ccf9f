"""Folders have names that their system can have, and are found in whatever case."""

import sys
from pathlib import Path

import pytest

from tools.chain.cli import Refused
from tools.chain.folders import is_inside, locate
from tools.classroom import export
from tools.learner import start

ODD = [
    "aux",
    "CON",
    "nul.txt",
    "Com1",
    "my chat.",
    "my chat ",
    "lpt9/chat",
    r"C:\a\con",
]
FINE = ["console", "auxiliary", "my.chat", ".chat", "../chat", "./chat", "~/com10"]


@pytest.mark.parametrize("name", ODD)
def test_name_that_windows_cannot_have_is_refused_there(monkeypatch, name):
    monkeypatch.setattr(sys, "platform", "win32")

    with pytest.raises(Refused, match="Windows can have no folder called"):
        locate(name)


@pytest.mark.parametrize("name", FINE)
def test_other_names_are_fine_on_windows(monkeypatch, name):
    monkeypatch.setattr(sys, "platform", "win32")

    assert locate(name).is_absolute()


@pytest.mark.parametrize("name", ["aux", "my chat."])
def test_names_that_only_windows_minds_are_fine_elsewhere(tmp_path, monkeypatch, name):
    monkeypatch.setattr(sys, "platform", "darwin")

    assert locate(name, str(tmp_path)) == tmp_path.resolve() / name


@pytest.mark.parametrize("command", [start.main, export.main])
def test_command_refuses_a_name_in_one_sentence(tmp_path, monkeypatch, capsys, command):
    monkeypatch.setattr(sys, "platform", "win32")
    args = ["5", "aux"] if command is start.main else ["aux"]

    assert command(["--from", str(tmp_path), *args]) == 2
    assert "Choose another name." in capsys.readouterr().err


@pytest.fixture
def any_case(tmp_path, monkeypatch):
    """A tutorial that is found by “Tutorial/Steps” too, as on Windows and macOS."""
    for name in ("tools/chain", "steps/01_echo"):
        (tmp_path / "tutorial" / name).mkdir(parents=True)
    (tmp_path / "tutorial/tools/chain/steps.py").touch()
    try:
        (tmp_path / "Tutorial").symlink_to(tmp_path / "tutorial")
        (tmp_path / "tutorial/Steps").symlink_to(tmp_path / "tutorial/steps")
    except FileExistsError:
        pass  # this system finds it without our help
    except OSError:
        pytest.skip("no links may be made here")
    # There the names stay as they are typed.
    monkeypatch.setattr(Path, "resolve", Path.absolute)
    return tmp_path


@pytest.mark.parametrize("path", ["Tutorial", "Tutorial/steps/new", "tutorial/Steps"])
def test_folder_inside_is_found_in_any_case(any_case, path):
    assert is_inside(any_case / path, any_case / "tutorial")
    assert not is_inside(any_case / path, any_case / "tutorial/tools")


def test_steps_of_the_tutorial_are_safe_in_any_case(any_case, capsys):
    assert start.main(["2", str(any_case / "Tutorial/Steps/mine")]) == 2

    assert "is part of the tutorial itself" in capsys.readouterr().err
    assert not (any_case / "tutorial/steps/mine").exists()


def test_export_into_the_tutorial_is_refused_in_any_case(any_case):
    with pytest.raises(export.NotEmpty, match="inside this repository"):
        export.free_folder("Tutorial/new", str(any_case), any_case / "tutorial")

"""One command fetches all packages into a folder, from which a room installs."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from tools.classroom import wheels


@pytest.fixture
def runs(monkeypatch):
    """Note what would be run, instead of fetching anything."""
    noted = []

    def note(command, **kwargs):
        noted.append([str(part) for part in command])
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(subprocess, "run", note)
    return noted


def test_wheels_are_of_all_requirements(runs, tmp_path):
    assert wheels.main([str(tmp_path / "new" / "folder")]) == 0

    command = runs[0]
    assert command[command.index("--wheel-dir") + 1] == str(tmp_path / "new" / "folder")
    assert command[command.index("-r") + 1].endswith("requirements.txt")
    assert (tmp_path / "new" / "folder").is_dir()


def test_folder_is_where_the_person_stands(runs, tmp_path):
    wheels.main(["--from", str(tmp_path), "my wheels"])

    assert (tmp_path / "my wheels").is_dir()


def test_folder_may_be_in_the_home(runs, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))

    wheels.main(["--from", "/elsewhere", "~/wheels"])

    assert (tmp_path / "wheels").is_dir()


def test_folder_that_is_a_file_is_refused(runs, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")

    assert wheels.main([str(tmp_path / "file")]) == 2
    assert "cannot be created" in capsys.readouterr().err
    assert (tmp_path / "file").read_text() == "mine"
    assert not runs


def test_wheels_without_a_folder_are_refused():
    with pytest.raises(SystemExit) as stop:
        wheels.main([])

    assert stop.value.code == 2


def test_fetching_that_fails_is_said(monkeypatch, tmp_path, capsys):
    failed = SimpleNamespace(returncode=1)
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: failed)

    assert wheels.main([str(tmp_path)]) == 1
    assert "Some packages could not be downloaded" in capsys.readouterr().err


def test_way_to_install_is_told(runs, tmp_path, capsys):
    (tmp_path / "a-1-py3-none-any.whl").touch()

    wheels.main([str(tmp_path)])

    told = capsys.readouterr().out
    assert "1 packages are now in" in told
    assert f"PIP_FIND_LINKS={tmp_path}" in told


def test_way_to_install_is_that_of_the_system(tmp_path, monkeypatch):
    told = {}
    for name in ("win32", "darwin"):
        monkeypatch.setattr("sys.platform", name)
        told[name] = wheels.told(tmp_path)

    assert f'\n  $env:PIP_FIND_LINKS="{tmp_path}"\n' in told["win32"]
    assert "\n  .venv\\Scripts\\nox -s run\n" in told["win32"]
    assert f"\n  export PIP_FIND_LINKS={tmp_path}\n" in told["darwin"]


@pytest.mark.parametrize(
    ("pip", "uv", "start"),
    [
        (True, "/bin/uv", [sys.executable, "-m", "pip"]),
        (False, "/bin/uv", ["/bin/uv", "tool", "run"]),
        (False, None, None),
    ],
)
def test_pip_is_the_environments_else_uvs(monkeypatch, pip, uv, start):
    monkeypatch.setattr(wheels.importlib.util, "find_spec", lambda name: pip or None)
    monkeypatch.setattr(wheels.shutil, "which", lambda name: uv)

    found = wheels.find_pip()

    assert found == start or found[:3] == start


def test_wheels_without_any_pip_say_how_to_get_one(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(wheels, "find_pip", lambda: None)

    assert wheels.main([str(tmp_path)]) == 1
    assert "Install uv" in capsys.readouterr().err

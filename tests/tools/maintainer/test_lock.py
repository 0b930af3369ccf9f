"""The locks are written anew by one command, and stay as they were when it fails."""

import subprocess
from pathlib import Path

import pytest

from tools.maintainer import lock

COMMAND = "uv pip compile --generate-hashes requirements.in -o requirements.txt"
PAGE = f"```generated\ncommand: {COMMAND}\npaths: [requirements.txt]\n```\n"


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A repository with two wishes and their locks, and a step with a third."""
    for folder in (tmp_path, tmp_path / "bench"):
        folder.mkdir(exist_ok=True)
        (folder / "requirements.in").write_text("django\n")
        (folder / "requirements.txt").write_text("django==5.2.19\n")
    step = tmp_path / "steps/01_live"
    step.mkdir(parents=True)
    (step / "manage.py").touch()
    (step / "requirements.in").write_text("django==5.2.19\n")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/01_live.md").write_text(PAGE)
    monkeypatch.setattr(lock, "ROOT", tmp_path)
    monkeypatch.setattr(lock, "pins", lambda: {"django": "5.2.19"})
    monkeypatch.setattr(lock.shutil, "which", lambda name: "/bin/uv")
    return tmp_path


def test_lock_is_written_with_hashes_from_what_is_wished(root, monkeypatch):
    commands = []

    def compile(command, check, cwd=".", **kwargs):
        commands.append([str(part) for part in command])
        path = Path(cwd, command[-1])
        commands[-1].append(path.read_text())
        path.write_text("django==5.2.20 \\\n    --hash=sha256:0\n")

    monkeypatch.setattr(subprocess, "run", compile)

    assert lock.main(["--upgrade"]) == 0
    assert all("--generate-hashes" in command for command in commands)
    assert all("--upgrade" in command for command in commands[:2])
    assert "--no-emit-package=django" in commands[1]
    assert (root / "requirements.txt").read_text().startswith("# Written by nox")
    assert "5.2.20" in (root / "bench/requirements.txt").read_text()
    # The step's lock has the page's command, and begins with the versions of the first.
    *words, before = commands[2]
    assert words == ["/bin/uv", *COMMAND.split()[1:]]
    assert before == (root / "requirements.txt").read_text()
    assert "5.2.20" in (root / "steps/01_live/requirements.txt").read_text()


def test_lock_that_cannot_be_written_stays_as_it_was(root, monkeypatch, capsys):
    def fail(command, check):
        raise subprocess.CalledProcessError(2, command)

    monkeypatch.setattr(subprocess, "run", fail)

    assert lock.main([]) == 2
    assert (root / "requirements.txt").read_text() == "django==5.2.19\n"
    assert not [*root.glob("*.new")]
    assert "stays as it was" in capsys.readouterr().err


def test_lock_without_uv_says_what_to_do(monkeypatch, capsys):
    monkeypatch.setattr(lock.shutil, "which", lambda name: None)

    assert lock.main([]) == 1
    assert "uv" in capsys.readouterr().err

"""The locks are written anew by one command, and stay as they were when it fails."""

import subprocess

import pytest

from tools.maintainer import lock


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A repository with all wishes and their locks."""
    for folder in (tmp_path, tmp_path / "bench", tmp_path / "types"):
        folder.mkdir(exist_ok=True)
        (folder / "requirements.in").write_text("django\n")
        (folder / "requirements.txt").write_text("django==5.2.19\n")
    monkeypatch.setattr(lock, "ROOT", tmp_path)
    monkeypatch.setattr(lock, "pins", lambda: {"django": "5.2.19"})
    monkeypatch.setattr(lock.shutil, "which", lambda name: "/bin/uv")
    return tmp_path


def test_lock_is_written_with_hashes_from_what_is_wished(root, monkeypatch):
    commands = []

    def compile(command, check):
        commands.append([str(part) for part in command])
        command[-1].write_text("django==5.2.20 \\\n    --hash=sha256:0\n")

    monkeypatch.setattr(subprocess, "run", compile)

    assert lock.main(["--upgrade"]) == 0
    assert all("--generate-hashes" in command for command in commands)
    assert all("--upgrade" in command for command in commands)
    assert all("--no-emit-package=django" in command for command in commands[1:])
    assert (root / "requirements.txt").read_text().startswith("# Written by nox")
    assert "5.2.20" in (root / "bench/requirements.txt").read_text()
    assert "5.2.20" in (root / "types/requirements.txt").read_text()


def test_lock_that_cannot_be_written_stays_as_it_was(root, monkeypatch, capsys):
    def fail(command, check):
        raise subprocess.CalledProcessError(2, command)

    monkeypatch.setattr(subprocess, "run", fail)

    assert lock.main([]) == 2
    assert (root / "requirements.txt").read_text() == "django==5.2.19\n"
    assert not [*root.glob("*.new")]
    assert "Nothing was written" in capsys.readouterr().err


def test_lock_without_uv_says_what_to_do(monkeypatch, capsys):
    monkeypatch.setattr(lock.shutil, "which", lambda name: None)

    assert lock.main([]) == 1
    assert "uv" in capsys.readouterr().err

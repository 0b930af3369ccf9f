"""The commands refuse a Python on which they cannot work, in one sentence."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import noxfile
from tools.chain.steps import ROOT

OLD = "import nox, runpy, sys; sys.version_info = (3, 10, 13, 'final', 0)"


def test_older_python_is_refused_in_one_sentence():
    command = [sys.executable, "-c", f"{OLD}; runpy.run_path('noxfile.py')"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 1
    assert done.stderr.startswith("The tutorial needs Python 3.11 or newer")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("windows", "end"), [(True, "Scripts/python.exe"), (False, "bin/python")]
)
def test_program_has_the_path_that_the_system_starts(windows, end):
    path = noxfile.program("python", windows)

    assert path == str(noxfile.ENV / end)


def test_times_are_measured_without_what_linux_alone_has(monkeypatch):
    def missing(path):
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "read_bytes", missing)
    monkeypatch.delattr("os.sysconf", raising=False)

    assert noxfile._cpu() >= 0


def test_python_without_venv_is_told_what_to_install(monkeypatch, tmp_path):
    class Stopped(Exception):
        pass

    def error(message):
        raise Stopped(message)

    session = SimpleNamespace(log=print, error=error)
    monkeypatch.setattr(noxfile, "ENV", tmp_path / "env")
    monkeypatch.setattr(noxfile.shutil, "which", lambda name: None)
    monkeypatch.setattr(noxfile, "find_spec", lambda name: name != "ensurepip")

    with pytest.raises(Stopped, match="apt install python3-venv"):
        noxfile.env(session)


def test_trial_of_zensical_proves_what_zensical_built(monkeypatch):
    ran = []

    def run(*command, env=None, **options):
        ran.append((command[1:], env or {}))

    monkeypatch.setattr(
        noxfile, "python", lambda _, *rest, **more: run("", *rest, **more)
    )
    session = SimpleNamespace(
        install=lambda *args: ran.append((args, {})),
        run=run,
        bin="there",
        posargs=["-x"],
    )

    noxfile.zensical.func(session)

    commands = [" ".join(command) for command, _ in ran]
    built = commands.index("-m zensical build --strict --clean")
    proofs = ["-m tools.proof.replay", "-m tools.proof.links"]
    assert commands[built + 1 : built + 3] == proofs
    assert commands[0].startswith("--upgrade zensical ")
    tests, env = ran[-1]
    assert {"tests/tools/site/test_mkdocs.py", "tests/site", "-x"} <= {*tests}
    assert env == {"ZENSICAL_PYTHON": str(Path("there", "python"))}

"""The check of types finds what is wrong in a step and in a tool, and nothing else."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from nox.command import CommandFailed

import noxfile
from tools.chain.steps import ROOT

VIEWS, GIT = "steps/99_new/chat/views.py", "tools/chain/git.py"
WRONG_VIEWS = """

async def first(request):
    return 1 + "one"


async def second(request):
    first(request)
    await first(request, 2)
"""
WRONG_GIT = """

NUMBER: int = git("version", cwd=Path())
"""


@pytest.fixture
def repository(tmp_path):
    """A small repository, with a tool and a step that nobody has listed anywhere."""
    if not (noxfile.TYPES / "basedpyright").exists():
        say = (
            "The check of types is not installed: nox -s lint, with a network, does it"
        )
        pytest.fail(say) if os.environ.get("CI") else pytest.skip(say)
    shutil.copytree(ROOT / "steps" / "08_outside", tmp_path / "steps" / "99_new")
    for path in ("types", "tools/chain"):
        shutil.copytree(ROOT / path, tmp_path / path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_wrong_types_in_a_step_and_a_tool_are_found(repository):
    for path, wrong in ((VIEWS, WRONG_VIEWS), (GIT, WRONG_GIT)):
        with (repository / path).open("a", encoding="utf-8") as file:
            file.write(wrong)

    done = subprocess.run(
        [noxfile.PYTHON, *noxfile.types_command(), "--outputjson", VIEWS, GIT],
        cwd=repository,
        env=os.environ | {"PYTHONPATH": str(noxfile.TYPES)},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    found = json.loads(done.stdout)["generalDiagnostics"]
    assert {(Path(each["file"]).name, each["rule"]) for each in found} == {
        ("views.py", "reportOperatorIssue"),
        ("views.py", "reportUnusedCoroutine"),
        ("views.py", "reportCallIssue"),
        ("git.py", "reportAssignmentType"),
    }


@pytest.mark.parametrize("ci", ["", "true"])
def test_types_that_cannot_be_checked_fail_in_ci_alone(monkeypatch, tmp_path, ci):
    said = []

    def run(*args, **kwargs):
        raise CommandFailed("no network")

    session = SimpleNamespace(
        run=run, warn=said.append, error=lambda text: pytest.fail(text)
    )
    monkeypatch.setattr(noxfile, "TYPES", tmp_path / "types")
    monkeypatch.setenv("CI", ci)

    if ci:
        with pytest.raises(pytest.fail.Exception, match="not checked"):
            noxfile.check_types(session)
    else:
        noxfile.check_types(session)
        assert "could not be installed" in said[0]

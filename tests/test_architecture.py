"""The packages of tools/ import only what stands below them."""

import shutil
import subprocess
import sys

import pytest

from tools.chain.steps import ROOT


@pytest.fixture
def copied(tmp_path):
    """What the contract in pyproject.toml speaks of, for a test to spoil."""
    junk = shutil.ignore_patterns("__pycache__")
    for name in ("tools", "bench"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=junk)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint_imports(folder) -> subprocess.CompletedProcess:
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", code, "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_imports_keep_their_contract(copied):
    done = lint_imports(copied)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("path", "planted"),
    [
        ("chain/steps.py", "tools.servers.step_server"),  # up
        ("servers/step_server.py", "tools.classroom.run"),  # up, over two floors
        ("proof/replay.py", "tools.site.diff_block"),  # sideways
        ("site/fences.py", "tools.proof.replay"),
        ("learner/start.py", "tools.maintainer.new_step"),
        ("learner/project.py", "tools.live.system"),  # up
        ("live/system.py", "bench.client"),
    ],
)
def test_planted_back_arrow_is_found(copied, path, planted):
    module = copied / "tools" / path
    module.write_text(f"{module.read_text('utf-8')}\nimport {planted}\n", "utf-8")

    done = lint_imports(copied)

    assert done.returncode == 1
    importer = f"tools.{path.removesuffix('.py').replace('/', '.')}"
    assert f"{importer} -> {planted}" in done.stdout


def test_package_without_a_place_in_the_contract_is_found(copied):
    (copied / "tools" / "attic").mkdir()
    (copied / "tools" / "attic" / "__init__.py").touch()

    done = lint_imports(copied)

    assert done.returncode == 1
    assert "attic" in done.stdout

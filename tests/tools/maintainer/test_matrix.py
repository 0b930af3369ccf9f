"""The matrix tests what is there, and never says that it tested what is not."""

import re
import shutil

import pytest

from tools.chain.steps import all_steps
from tools.maintainer import matrix
from tools.maintainer.matrix import LTS, NEWEST, PYTHONS, Cell


@pytest.fixture
def runs(monkeypatch):
    """Pythons 3.11 and 3.12 are there, no other; note the runs instead of doing them."""
    noted = []
    monkeypatch.setattr(matrix.shutil, "which", lambda name: "/bin/uv")
    there = {"3.11": "/bin/python3.11", "3.12": "/bin/python3.12"}
    monkeypatch.setattr(matrix, "interpreter", lambda uv, python: there.get(python))

    def note(uv, cell, path):
        noted.append((cell, path))
        return True

    monkeypatch.setattr(matrix, "run", note)
    return noted


def test_matrix_installs_what_the_last_step_asks_for():
    text = (all_steps()[-1].folder / "requirements.in").read_text("utf-8")
    asked = set(re.findall(r"^[\w-]+", text.lower(), re.MULTILINE)) - {"django"}

    assert asked <= {re.match(r"[\w-]+", each)[0] for each in matrix.RANGES}


def test_matrix_runs_each_django_that_a_python_supports(runs):
    assert matrix.main([]) == 0

    assert [cell for cell, _ in runs] == [
        Cell("3.11", LTS),
        Cell("3.11", LTS, "lowest-direct"),
        Cell("3.12", LTS),
        Cell("3.12", NEWEST),
    ]


def test_canary_installs_main_branches_in_place_of_what_is_released(runs):
    assert matrix.main(["--canary", "3.12"]) == 0

    ((cell, _),) = runs
    assert cell.resolution == "main"
    names = [re.split(r"[\[ >]", each)[0].lower() for each in cell.wanted]
    assert len(set(names)) == len(names)
    assert all("@main" in each for each in cell.wanted[:4])


def test_matrix_says_which_pythons_are_not_there(runs, capsys):
    matrix.main([])

    printed = capsys.readouterr().out
    assert "NOT RUN  Python 3.13 is not on this machine" in printed
    assert "passed   Python 3.12, Django>=6.0, highest" in printed


def test_python_that_is_asked_for_has_to_be_there(runs, capsys):
    assert matrix.main(["3.13"]) == 1
    assert "NOT RUN  Python 3.13" in capsys.readouterr().out
    assert not runs


def test_cell_that_fails_is_a_failure_of_the_matrix(runs, monkeypatch, capsys):
    monkeypatch.setattr(matrix, "run", lambda uv, cell, path: cell.django != NEWEST)

    assert matrix.main([]) == 1
    assert "FAILED   Python 3.12, Django>=6.0" in capsys.readouterr().out


def test_matrix_of_nothing_is_no_success(runs, monkeypatch):
    monkeypatch.setattr(matrix, "interpreter", lambda uv, python: None)

    assert matrix.main([]) == 1


@pytest.mark.parametrize("python", ["3.10", "x", ""])
def test_unknown_python_is_refused(runs, python):
    with pytest.raises(SystemExit) as stop:
        matrix.main([python])

    assert stop.value.code == 2


def test_matrix_without_uv_says_so(monkeypatch, capsys):
    monkeypatch.setattr(matrix.shutil, "which", lambda name: None)

    assert matrix.main([]) == 1
    assert "needs uv" in capsys.readouterr().err


@pytest.mark.skipif(not shutil.which("uv"), reason="needs uv")
def test_interpreter_that_is_not_there_is_none():
    assert matrix.interpreter(shutil.which("uv"), "3.99") is None


@pytest.mark.skipif(not shutil.which("uv"), reason="needs uv")
def test_interpreter_may_be_one_that_pyenv_has_not_switched_on(tmp_path, monkeypatch):
    for version in ("3.99.2", "3.99.10", "3.99-dev", "3.99.11rc1"):
        python = tmp_path / "versions" / version / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.touch()
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))

    found = matrix.interpreter(shutil.which("uv"), "3.99")

    assert found == str(tmp_path / "versions" / "3.99.10" / "bin" / "python")


def test_cells_have_folders_of_their_own():
    everything = [cell for python in PYTHONS for cell in matrix.cells(python)]

    assert len({cell.folder for cell in everything}) == len(everything)

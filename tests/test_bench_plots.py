"""The plots of the bench, drawn by what `nox -s chain` installs beside it."""

import sys
from importlib.util import find_spec

import pytest

from bench.__main__ import PAGE
from bench.lineup import Contender
from bench.plots import FOLDER, PLOTS, draw_all
from bench.results import Row, Table
from bench.work import Work
from tools.chain.steps import ROOT

CHANX = Contender("chanx", "", "uvicorn", redis=True)


@pytest.fixture
def tables(monkeypatch):
    """A cost of chanx for each size, and a matplotlib to draw it."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    monkeypatch.syspath_prepend(ROOT / ".nox" / f"bench-{version}")
    if not find_spec("matplotlib"):
        pytest.fail("Install what the bench needs: nox -s chain", pytrace=False)
    works = [Work(name, None, ()) for plot in PLOTS for name in plot.works.values()]
    return [Table(work, [Row(CHANX, [{"cpu": 20.0}])]) for work in works]


def test_plots_make_a_light_and_a_dark_file(tables, tmp_path):
    found = draw_all(tables, tmp_path / "new")

    names = {
        f"{plot.name}-{scheme}.svg" for plot in PLOTS for scheme in ("light", "dark")
    }
    assert {path.name for path in (tmp_path / "new").iterdir()} == names
    assert {path.name for path in found} == names
    assert len({path.read_bytes() for path in found}) == len(names)


def test_same_numbers_draw_the_same_bytes(tables, tmp_path):
    first, second = (draw_all(tables, tmp_path / name) for name in "ab")

    assert [path.read_bytes() for path in first] == [p.read_bytes() for p in second]
    assert b"<dc:date>" not in first[0].read_bytes()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.name)
def test_page_shows_each_plot_in_both_schemes(plot, scheme):
    name = f"{plot.name}-{scheme}.svg"

    assert (FOLDER / name).exists()
    assert f"](recorded/speed/{name}#only-{scheme})" in PAGE.read_text("utf-8")

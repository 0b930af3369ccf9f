"""What a unit costs at each size, drawn as SVG for the page, light and dark."""

# matplotlib lies in a folder of its own, which only `nox -s bench` fills.
# pyright: reportMissingImports=false

from dataclasses import dataclass
from pathlib import Path

from bench.aims import LAST
from bench.lineup import BARE
from bench.results import Table
from tools.chain.steps import ROOT

FOLDER = ROOT / "docs" / "recorded" / "speed"


@dataclass(frozen=True)
class Plot:
    """One picture: what its axes are called, and the work of each size."""

    name: str
    sizes: str
    cost: str
    works: dict[int, str]


PLOTS = (
    Plot(
        "tabs",
        "tabs",
        "CPU, µs a delivery",
        {size: f"One message to {size:,} tabs" for size in (10, 100, 500, 2000)},
    ),
    Plot(
        "list",
        "tasks in the list",
        "CPU, ms a connect",
        {
            size: f"List of {size:,} tasks at connect"
            for size in (10, 100, 1000, 10_000)
        },
    ),
    Plot(
        "people",
        "people at once",
        "CPU, ms a change",
        {1: "One user's changes", 20: "20 users at once"},
    ),
)
# The rows, all on Redis but the last: what they are called there, mark and colours.
LINES = {
    "typical consumer, daphne, Redis": ("typical consumer", "s", "#7a5c00", "#f0c95c"),
    "DCRF, uvicorn, Redis": ("DCRF", "^", "#a33c00", "#ff9d66"),
    "chanx, uvicorn, Redis": ("chanx", "D", "#8a2a6b", "#f29ad0"),
    f"{LAST}, uvicorn, Redis": (LAST, "o", "#0060a8", "#7cc4ff"),
    BARE: ("bare server", "v", "#4d4d4d", "#b8b8b8"),
}
INK = {"light": "#222222", "dark": "#e2e4e9"}


def points(plot: Plot, name: str, tables: list[Table]) -> dict[int, float]:
    """Give what a row costs at each size of a plot; sizes that are void are left out."""
    found = {}
    for size, work in plot.works.items():
        for table in tables:
            row = table.row(name) if table.work.name == work else None
            if row and row.runs and not row.trouble:
                found[size] = row.middle("cpu")
    return found


def draw_all(tables: list[Table], folder: Path = FOLDER) -> list[Path]:
    """Draw all plots in both schemes; give the files. Raises ImportError without matplotlib."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        draw(plot, scheme, tables, folder)
        for plot in PLOTS
        for scheme in ("light", "dark")
    ]


def draw(plot: Plot, scheme: str, tables: list[Table], folder: Path) -> Path:
    """Draw one plot; from the same numbers the same bytes. Raises ImportError."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    ink = INK[scheme]
    style = {"svg.hashsalt": "speed", "font.size": 11, "text.color": ink}
    style |= {f"{part}.color": ink for part in ("xtick", "ytick")}
    style |= {"axes.edgecolor": ink, "axes.labelcolor": ink}
    path = folder / f"{plot.name}-{scheme}.svg"
    with rc_context(style):
        figure = Figure(figsize=(6.4, 3.6), layout="constrained")
        axes = figure.subplots()
        for name, (label, marker, *colours) in LINES.items():
            sizes = points(plot, name, tables)
            axes.plot(
                [*sizes],
                [*sizes.values()],
                marker=marker,
                color=colours[scheme == "dark"],
                label=label,
            )
        axes.set(xscale="log", yscale="log", xlabel=plot.sizes, ylabel=plot.cost)
        axes.set_xticks(
            [*plot.works], [f"{size:,}" for size in plot.works], minor=False
        )
        axes.xaxis.minorticks_off()
        axes.yaxis.set_major_formatter("{x:,g}")
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", alpha=0.25)
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
        figure.savefig(path, metadata={"Date": None}, transparent=True)
    return path

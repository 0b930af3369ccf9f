"""What the last step is to cost at most, beside what it costs."""

from dataclasses import dataclass

from bench.lineup import BARE, title
from bench.results import Table, as_text, markdown
from tools.chain.steps import all_steps, find_step

LAST, MIXIN = title(all_steps()[-1]), title(find_step("mixin"))
# Where a step runs on uvicorn: the columns of the table.
PLACES = ("in memory", "Redis", "Redis, 2 processes")


@dataclass(frozen=True)
class Aim:
    """How many times the cost of another row a step's may be, in one table.

    Without `against` the other one is chanx on the same layer. With `layer`, only the
    places count that begin with it.
    """

    unit: str
    work: str
    most: float
    key: str = "cpu"
    who: str = LAST
    against: str | None = None
    layer: str = ""


AIMS = (
    Aim("A change, 20 users", "20 users at once", 1.0),
    Aim("A change, 20 users", "20 users at once", 1.0, who=MIXIN),
    Aim("A delivery, 100 tabs", "One message to 100 tabs", 0.4, layer="Redis"),
    Aim("A delivery, 500 tabs", "One message to 500 tabs", 0.4, layer="Redis"),
    Aim("A delivery, 2,000 tabs", "One message to 2,000 tabs", 0.4, layer="Redis"),
    Aim("A list of 1,000, changed", "List of 1,000 tasks at connect", 0.6),
    Aim("… unchanged since", "List of 1,000 tasks at connect", 0.1, key="again"),
    Aim("A connect", "Connects", 0.9),
    Aim("Memory of an idle socket", "Memory of an idle socket", 1.0, key="memory"),
    Aim("A change, 20 users", "20 users at once", 15.0, against=BARE),
    Aim("A delivery, 100 tabs", "One message to 100 tabs", 3.0, against=BARE),
)


def aims(tables: list[Table]) -> str:
    """Give a table of all aims and of what is reached, as Markdown.

    Aims whose table was not measured are left out, and so are places where the last
    step was not. Where nothing is left, the text is empty.
    """
    found = {table.work.name: table for table in tables}
    names = {row.name for table in tables for row in table.rows}
    places = [place for place in PLACES if f"{LAST}, uvicorn, {place}" in names]
    lines = [["CPU a unit, or memory", "a step ÷ another", "at most", *places]]
    for aim in AIMS:
        if table := found.get(aim.work):
            what = f"{aim.who} ÷ {(aim.against or 'chanx').partition(' ')[0]}"
            cells = (_reached(table, aim, place) for place in places)
            lines.append([aim.unit, what, f"{aim.most:.1f}", *cells])
    if not places or len(lines) == 1:
        return ""
    return f"### Aims\n\n{markdown(lines)}\n"


def _reached(table: Table, aim: Aim, place: str) -> str:
    row = table.row(f"{aim.who}, uvicorn, {place}")
    if row is None or not place.startswith(aim.layer):
        return "–"
    return as_text(table.ratio(row, aim.key, aim.against))

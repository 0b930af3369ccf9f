"""What the last step is to reach, beside what it reaches."""

from dataclasses import dataclass

from bench.results import Row, Table, markdown

BETTER, ALMOST = "{:g} times better", "at most {:g} times worse"
BARE = "bare websockets server"


@dataclass(frozen=True)
class Aim:
    """A number of one table, and how many times better than another row it should be.

    A factor below 1 is for a row that nobody beats: how much worse one may be.
    """

    work: str
    key: str
    factor: float
    against: str = "typical consumer, daphne, in memory"

    @property
    def words(self) -> str:
        """The factor in words."""
        if self.factor < 1:
            return ALMOST.format(1 / self.factor)
        return BETTER.format(self.factor)


AIMS = (
    Aim("20 users at once", "rate", 5),
    Aim("20 users at once", "p50", 5),
    Aim("One message to 100 tabs", "rate", 12),
    Aim("List of 1,000 tasks at connect", "time", 24),
    Aim("Connects", "rate", 2.5),
    Aim("20 users at once", "cpu", 1 / 10, BARE),
    Aim("One message to 100 tabs", "rate", 1 / 2, BARE),
)
RIVALS = ("DCRF", "chanx")
AGAINST_RIVALS = 2.5


def aims(tables: list[Table], step: str) -> str:
    """Give a table of all aims and of what the rows of a step reach, as Markdown.

    `step` is how the names of its rows on uvicorn begin. Aims whose table was not
    measured are left out.
    """
    found = {table.work.name: table for table in tables}
    names = [row.contender for row in tables[0].rows if row.contender.startswith(step)]
    lines = [["", "against", "aim", *(name.removeprefix(step) for name in names)]]
    for aim in AIMS:
        if table := found.get(aim.work):
            lines.append(_line(table, aim, names))
    lines += [_range(tables, rival, names) for rival in RIVALS]
    return f"### Aims\n\n{markdown(lines)}\n"


def _line(table: Table, aim: Aim, names: list[str]) -> list[str]:
    column = next(c for c in table.work.columns if c.key == aim.key)
    against = _row(table, aim.against)
    what = f"{aim.work}: {column.heading.partition(',')[0]}"
    ratios = (table.ratio(_row(table, name), column, against) for name in names)
    reached = map(_times, ratios)
    return [what, aim.against.partition(",")[0], aim.words, *reached]


def _range(tables: list[Table], rival: str, names: list[str]) -> list[str]:
    """Between what and what each row is against a rival on the same layer."""
    cells = []
    for name in names:
        layer = "Redis" if "Redis" in name else "in memory"
        ratios = []
        for table in tables:
            against = _row(table, f"{rival}, uvicorn, {layer}")
            ratio = table.ratio(_row(table, name), table.work.columns[0], against)
            if ratio is not None:
                ratios.append(ratio)
        found = sorted({min(ratios), max(ratios)}) if ratios else [None]
        cells.append(" to ".join(map(_times, found)))
    return ["All tables", rival, BETTER.format(AGAINST_RIVALS), *cells]


def _row(table: Table, name: str) -> Row:
    return next(row for row in table.rows if row.contender == name)


def _times(ratio: float | None) -> str:
    """A ratio as text: what is worse than the other is some times worse."""
    if ratio is None:
        return "–"
    return f"{ratio:.1f}" if ratio >= 0.95 else f"1/{1 / ratio:.1f}"

"""What was measured, as tables: medians, and ratios of what ran side by side."""

from dataclasses import dataclass, field
from statistics import median

from bench.work import Column, Numbers, Work


@dataclass
class Row:
    """One contender at one piece of work: the numbers of each run, or the trouble."""

    contender: str
    runs: list[Numbers] = field(default_factory=list)
    trouble: str = ""

    def middle(self, key: str) -> float:
        return median(numbers[key] for numbers in self.runs)


@dataclass
class Table:
    """One piece of work, a row for each contender; the first one counts as 1."""

    work: Work
    rows: list[Row]

    def ratio(
        self, row: Row, column: Column, against: Row | None = None
    ) -> float | None:
        """How many times better a row is than another, the first; the median of all runs.

        None where either of them is void, or a number too small to be measured.
        """
        other = against or self.rows[0]
        if row.trouble or other.trouble:
            return None
        pairs = zip(row.runs, other.runs, strict=True)
        pairs = [(ours[column.key], theirs[column.key]) for ours, theirs in pairs]
        if not all(map(all, pairs)):
            return None
        found = median(ours / theirs for ours, theirs in pairs)
        return found if column.more else 1 / found

    @property
    def compared(self) -> list[Column]:
        """What rows are compared by: the first number, and the servers' processors."""
        first, *others = self.work.columns
        return [first, *(column for column in others if column.key == "cpu")]

    def cells(self, row: Row) -> list[str]:
        """The texts of a row: name, ratios, numbers; or that it is void."""
        columns = self.work.columns
        if row.trouble:
            empty = len(self.compared) + len(columns) - 1
            return [row.contender, "void", *["–"] * empty]
        ratios = [self.ratio(row, column) for column in self.compared]
        texts = ["–" if ratio is None else f"{ratio:.1f}" for ratio in ratios]
        numbers = [shown(row.middle(column.key), column) for column in columns]
        return [row.contender, *texts, *numbers]

    def markdown(self) -> str:
        """The table as Markdown, its columns aligned for a terminal."""
        heads = ["", *("times better", "by CPU")[: len(self.compared)]]
        heads += [column.heading for column in self.work.columns]
        lines = [heads, *(self.cells(row) for row in self.rows)]
        # Whatever a server says stays in one line.
        void = [(row.contender, " ".join(row.trouble.split())) for row in self.rows]
        why = "".join(f"\n{name}: `{said[:80]}`\n" for name, said in void if said)
        return f"### {self.work.name}\n\n{markdown(lines)}\n{why}"


def markdown(lines: list[list[str]]) -> str:
    """Give a table of texts, the first line its heads, all but the first column right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = ["-" * width for width in widths[:1]]
    rule += ["-" * (width - 1) + ":" for width in widths[1:]]
    rows = [lines[0], rule, *lines[1:]]
    return "\n".join(_line(cells, widths) for cells in rows)


def _line(cells: list[str], widths: list[int]) -> str:
    name, *rest = zip(cells, widths, strict=True)
    padded = [name[0].ljust(name[1]), *(cell.rjust(width) for cell, width in rest)]
    return f"| {' | '.join(padded)} |"


def shown(number: float, column: Column) -> str:
    return f"{number:,.{column.digits}f}"

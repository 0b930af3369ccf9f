"""What was measured, as tables: medians, and ratios of what ran side by side."""

from dataclasses import dataclass, field
from statistics import median

from bench.lineup import Contender
from bench.work import Column, Numbers, Work


@dataclass
class Row:
    """One contender at one piece of work: the numbers of each run, or the trouble."""

    contender: Contender
    runs: list[Numbers] = field(default_factory=list)
    trouble: str = ""

    @property
    def name(self) -> str:
        return self.contender.name

    def middle(self, key: str) -> float:
        return median(numbers[key] for numbers in self.runs)


@dataclass
class Table:
    """One piece of work, a row for each contender."""

    work: Work
    rows: list[Row]

    def row(self, name: str) -> Row | None:
        """Give the row with a name, None where there is none."""
        return next((row for row in self.rows if row.name == name), None)

    def ratio(self, row: Row, key: str, against: str | None = None) -> float | None:
        """Give how many times another row's number this one's is; the median of all runs.

        The other one is that named `against`, or else the row's reference. None where
        one of them is missing or void, or a number too small to be measured.
        """
        other = self.row(against or row.contender.reference)
        if other is None or row.trouble or other.trouble:
            return None
        pairs = zip(row.runs, other.runs, strict=True)
        pairs = [(mine[key], theirs[key]) for mine, theirs in pairs]
        if not all(map(all, pairs)):
            return None
        return median(mine / theirs for mine, theirs in pairs)

    @property
    def heads(self) -> list[str]:
        """What stands above the columns: ratios beside the numbers that they compare."""
        heads = [""]
        for column in self.work.columns:
            heads += [column.heading, *(["÷ chanx"] if column.compared else [])]
        return heads

    def cells(self, row: Row) -> list[str]:
        """The texts of a row: its name, numbers and ratios; or that it is void."""
        if row.trouble:
            return [row.name, "void", *["–"] * (len(self.heads) - 2)]
        texts = [row.name]
        for column in self.work.columns:
            texts.append(shown(row.middle(column.key), column))
            if column.compared:
                texts.append(as_text(self.ratio(row, column.key)))
        return texts

    def markdown(self) -> str:
        """The table as Markdown, its columns aligned for a terminal."""
        lines = [self.heads, *(self.cells(row) for row in self.rows)]
        # Whatever a server says stays in one line.
        void = [(row.name, " ".join(row.trouble.split())) for row in self.rows]
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


def as_text(ratio: float | None) -> str:
    """Give a ratio as a table shows it."""
    return "–" if ratio is None else f"{ratio:,.2f}"

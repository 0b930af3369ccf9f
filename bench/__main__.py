"""Measure all contenders at all work: `nox -s bench -- [--quick] [--record]`."""

import argparse
import asyncio
import os
import platform
import sys
import tempfile
from datetime import date
from pathlib import Path

from bench.aims import aims
from bench.lineup import Contender, lineup
from bench.processes import take_apart
from bench.protocols import Trouble
from bench.results import Row, Table
from bench.servers import running
from bench.work import Work, catalogue
from tools.chain.steps import ROOT

PAGE = ROOT / "docs" / "speed.md"
START, END = "<!-- bench: nox -s bench -- --record writes this -->", "<!-- /bench -->"


def main(args: list[str]) -> int:
    """Measure, print the tables, and give 1 where a row of ours is void."""
    options = parse(args)
    contenders = chosen(lineup(), options.on, "contender")
    works = chosen(catalogue(options.quick), options.only, "work")
    tables = [Table(work, [Row(c.name) for c in contenders]) for work in works]
    print(machine(options.runs), flush=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for number in range(options.runs):
            for table in tables:
                measure(table, contenders, number, Path(folder))
        found = [table.markdown() for table in tables]
        if not (options.on or options.only):
            last = [contender for contender in contenders if contender.ours][-1]
            found.insert(0, aims(tables, f"{last.name.partition(',')[0]}, uvicorn, "))
            found.append(take_apart(last, Path(tempfile.mkdtemp(dir=folder))))
    text = "\n".join(found)
    print(f"\n{text}")
    if options.record:
        record(f"{machine(options.runs)}\n\n{text}")
    ours = {contender.name for contender in contenders if contender.ours}
    rows = [row for table in tables for row in table.rows]
    return int(any(row.trouble for row in rows if row.contender in ours))


def parse(args: list[str]) -> argparse.Namespace:
    """Read the command line; mistakes end the program as argparse does."""
    parser = argparse.ArgumentParser(
        "bench", description=(__doc__ or "").partition(":")[0]
    )
    parser.add_argument("--quick", action="store_true", help="little of everything")
    parser.add_argument("--runs", type=int, default=3, help="how often (%(default)s)")
    parser.add_argument("--on", metavar="TEXT", help="contenders whose name has it")
    parser.add_argument("--only", metavar="TEXT", help="work whose name has it")
    parser.add_argument("--record", action="store_true", help=f"into {PAGE.name}")
    options = parser.parse_args(args)
    if options.record and (options.quick or options.on or options.only):
        parser.error("the page shows all of it: --record stands alone or with --runs")
    options.runs = 1 if options.quick else options.runs
    return options


def chosen(everything: list, text: str | None, what: str) -> list:
    """Give those whose name holds the text; of contenders the first one always."""
    found = [one for one in everything if (text or "").lower() in one.name.lower()]
    if not found:
        names = "\n  ".join(one.name for one in everything)
        sys.exit(f"No {what} has {text!r} in its name. There are:\n  {names}")
    if what == "contender" and everything[0] not in found:
        found.insert(0, everything[0])
    return found


def machine(runs: int) -> str:
    """Say where and how it was measured."""
    return (
        f"{date.today():%d %B %Y}, {platform.system()}, {os.cpu_count()} processors, "
        f"Python {platform.python_version()}; medians of {runs} interleaved runs."
    )


def measure(
    table: Table, contenders: list[Contender], number: int, folder: Path
) -> None:
    """Let each contender do the work once, each time another one first."""
    pairs = list(zip(table.rows, contenders, strict=True))
    turn = number % len(pairs)
    for row, contender in pairs[turn:] + pairs[:turn]:
        if row.trouble:
            continue
        try:
            row.runs.append(once(contender, table.work, folder))
        except Trouble as trouble:
            row.trouble = str(trouble)
        first = table.work.columns[0]
        said = row.trouble or f"{row.runs[-1][first.key]:,.1f} {first.heading}"
        print(f"{table.work.name}: {row.contender}: {said}", flush=True)


def once(contender: Contender, work: Work, folder: Path) -> dict[str, float]:
    """Start a contender, let it do the work, and give the numbers. Raises Trouble."""
    with (
        tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as name,
        running(contender, Path(name), work.people, work.tasks, work.count) as servers,
    ):
        return asyncio.run(work.run(servers))


def record(text: str) -> None:
    """Put the tables into the page, between its two marks."""
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{START}\n\n{text}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Measure all contenders at all work: `nox -s bench -- [--quick] [--record]`."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from bench.aims import aims
from bench.choosing import chosen_tables
from bench.lineup import Contender, ours
from bench.machine import machine
from bench.plots import draw_all
from bench.processes import take_apart
from bench.protocols import Trouble
from bench.results import Table
from bench.servers import running
from bench.work import Work, catalogue
from tools.chain.steps import ROOT, all_steps

PAGE = ROOT / "docs" / "speed.md"
START, END = "<!-- bench: nox -s bench -- --record writes this -->", "<!-- /bench -->"


def main(args: list[str]) -> int:
    """Measure, print the tables, and give 1 where a row of ours is void."""
    options = parse(args)
    tables = chosen_tables(catalogue(options.quick), options.on, options.only)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        line = machine(options.runs, folder)
        print(line, flush=True)
        for number in range(options.runs):
            for table in tables:
                measure(table, number, folder)
        found = [aims(tables), *(table.markdown() for table in tables)]
        if not (options.on or options.only or options.quick):
            data = Path(tempfile.mkdtemp(dir=folder))
            found.append(take_apart(ours(all_steps()[-1]), data))
    text = "\n".join(filter(None, found))
    print(f"\n{text}")
    if options.record:
        record(f"{line}\n\n{text}")
        draw_all(tables)
    rows = [row for table in tables for row in table.rows]
    return int(any(row.trouble for row in rows if row.contender.ours))


def parse(args: list[str]) -> argparse.Namespace:
    """Read the command line; mistakes end the program as argparse does."""
    parser = argparse.ArgumentParser(
        "bench", description=(__doc__ or "").partition(":")[0]
    )
    parser.add_argument(
        "--quick", action="store_true", help="only the aims, in two minutes"
    )
    parser.add_argument("--runs", type=int, default=3, help="how often (%(default)s)")
    parser.add_argument(
        "--on", metavar="TEXT", nargs="+", help="contenders whose name has one of them"
    )
    parser.add_argument("--only", metavar="TEXT", help="work whose name has it")
    parser.add_argument("--record", action="store_true", help=f"into {PAGE.name}")
    options = parser.parse_args(args)
    if options.record and (options.quick or options.on or options.only):
        parser.error("the page shows all of it: --record stands alone or with --runs")
    options.runs = 1 if options.quick else options.runs
    return options


def measure(table: Table, number: int, folder: Path) -> None:
    """Let each contender do the work once, each time another one first."""
    turn = number % len(table.rows)
    for row in table.rows[turn:] + table.rows[:turn]:
        if row.trouble:
            continue
        try:
            row.runs.append(once(row.contender, table.work, folder))
        except Trouble as trouble:
            row.trouble = str(trouble)
        first = table.work.columns[0]
        said = row.trouble or f"{row.runs[-1][first.key]:,.2f} {first.heading}"
        print(f"{table.work.name}: {row.name}: {said}", flush=True)


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

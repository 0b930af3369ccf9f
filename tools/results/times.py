"""Show what each session took the last time that it ran: `nox -s times`."""

import json
import sys
import time
from pathlib import Path

from tools.chain.steps import ROOT
from tools.results.store import FOLDER

# noxfile.py writes a file for each session there.
TIMES = ROOT / ".nox" / "times"
ROW = "{:10} {:>9} {:>9} {:>7}  {}"


def rows(times: Path = TIMES, results: Path = FOLDER) -> list[str]:
    """Give the lines of a table: seconds by the clock, seconds of CPU, tests that hold.

    The tests are those whose results are kept now.
    """
    found = [ROW.format("session", "seconds", "CPU", "tests", "when")]
    total = [0.0, 0.0]
    for path in sorted(times.glob("*.json")):
        took = json.loads(path.read_text("utf-8"))
        total = [total[0] + took["wall"], total[1] + took["cpu"]]
        count = sum(
            json.loads(each.read_text("utf-8"))["count"]
            for each in (results / path.stem).glob("*.json")
        )
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(took["when"]))
        numbers = (f"{took['wall']:.1f}", f"{took['cpu']:.1f}", count or "")
        found.append(ROW.format(path.stem, *numbers, when))
    return [*found, ROW.format("all", f"{total[0]:.1f}", f"{total[1]:.1f}", "", "")]


def main() -> int:
    """Print the table; give the exit code."""
    if not TIMES.exists():
        print("No session has run yet. To run all of them: nox")
        return 0
    print("\n".join(rows()))
    return 0


if __name__ == "__main__":
    sys.exit(main())

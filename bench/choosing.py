"""Which work is done, and by whom: what `--on` and `--only` choose."""

import sys

from bench.results import Row, Table
from bench.work import Work


def chosen_tables(
    works: list[Work], on: list[str] | None, only: str | None
) -> list[Table]:
    """Give an empty table for each work whose name holds a text, with the chosen rows.

    Ends the program where no work or no contender is left.
    """
    tables = [
        Table(work, rows)
        for work in chosen(works, [only or ""], "work")
        if (rows := [Row(c) for c in work.contenders() if _is_named(c.name, on)])
    ]
    if not tables:
        chosen([c for work in works for c in work.contenders()], on or [], "contender")
    return tables


def chosen(everything: list, texts: list[str], what: str) -> list:
    """Give those whose name holds one of the texts, or end the program with all names."""
    found = [one for one in everything if _is_named(one.name, texts)]
    if not found:
        names = "\n  ".join(dict.fromkeys(one.name for one in everything))
        sys.exit(f"No {what} has {texts} in its name. There are:\n  {names}")
    return found


def _is_named(name: str, texts: list[str] | None) -> bool:
    return texts is None or any(text.lower() in name.lower() for text in texts)

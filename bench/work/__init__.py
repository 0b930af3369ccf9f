"""One module a piece of work: what all contenders do, and what is measured of it."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from bench.servers import Servers

Numbers = dict[str, float]


@dataclass(frozen=True)
class Column:
    """A number that the table shows. `more` says that more of it is better."""

    key: str
    heading: str
    digits: int = 0
    more: bool = False


@dataclass(frozen=True)
class Work:
    """What is done, with how many people, of whom the first has how many tasks.

    `run` raises Trouble where anything is lost or wrong. The first of the `columns` is
    what contenders are compared by.
    """

    name: str
    run: Callable[[Servers], Coroutine[Any, Any, Numbers]]
    columns: tuple[Column, ...]
    people: int = 1
    tasks: int = 0
    count: bool = False


def percentile(values: list[float], percent: int) -> float:
    """Give the value that so many percent of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def catalogue(quick: bool) -> list[Work]:
    """Give all work; with `quick` little of it, to see that everything runs."""
    from bench.work import broadcast, changes, connects, idle, snapshot

    modules = (changes, broadcast, snapshot, connects, idle)
    return [work for module in modules for work in module.works(quick)]

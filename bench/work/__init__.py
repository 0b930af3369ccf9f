"""One module a piece of work: what all contenders do, and what is measured of it."""

import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from itertools import count, takewhile
from typing import Any

from bench.lineup import Contender, lineup, quick_lineup
from bench.servers import Servers

Numbers = dict[str, float]


@dataclass(frozen=True)
class Column:
    """A number that the table shows; `compared` puts its ratio to chanx beside it."""

    key: str
    heading: str
    digits: int = 0
    compared: bool = False


@dataclass(frozen=True)
class Work:
    """What is done, by whom, with how many people, each with how many tasks.

    `run` raises Trouble where anything is lost or wrong. The first of the `columns` is
    what the work costs.
    """

    name: str
    run: Callable[[Servers], Coroutine[Any, Any, Numbers]]
    columns: tuple[Column, ...]
    people: int = 1
    tasks: int = 0
    count: bool = False
    contenders: Callable[[], list[Contender]] = lineup


def percentile(values: list[float], percent: int) -> float:
    """Give the value that so many percent of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def for_seconds(seconds: float) -> Iterator[int]:
    """Count from 0 for so long: a fast server does more, so that its cost shows too."""
    end = time.monotonic() + seconds
    return takewhile(lambda _: time.monotonic() < end, count())


def catalogue(quick: bool) -> list[Work]:
    """Give all work; with `quick` less of what the aims are about, by fewer contenders."""
    from bench.work import broadcast, changes, connects, idle, snapshot

    modules = (changes, broadcast, snapshot, connects, idle)
    works = [work for module in modules for work in module.works(quick)]
    if quick:
        return [replace(work, contenders=quick_lineup) for work in works]
    return works

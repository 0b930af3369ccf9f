"""Who takes part: which application, on which server, over which layer and database."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench.protocols import ChanxDialect, DcrfDialect, Dialect
from tools.chain.steps import ROOT, Step, all_steps, find_step

TUNED = {"BENCH_TUNED": "1"}
BARE = "bare websockets server"


@dataclass(frozen=True)
class Contender:
    """One row of a table.

    `application` is what the server imports, `settings` Django's settings module; a
    program that is its own server has neither `server` nor `settings`. `ours` says that
    it is a step.
    """

    who: str
    application: str
    server: str
    settings: str = "bench.app.settings"
    folder: Path = ROOT
    redis: bool = False
    postgres: bool = False
    processes: int = 1
    variables: dict[str, str] = field(default_factory=dict)
    dialect: Dialect = field(default_factory=Dialect)
    ours: bool = False

    @property
    def beneath(self) -> str:
        """The layer, and the database where it is another one than SQLite."""
        layer = "Redis" if self.redis else "in memory"
        return f"{layer}, PostgreSQL" if self.postgres else layer

    @property
    def name(self) -> str:
        """What its row is called."""
        if not self.server:
            return self.who
        count = f", {self.processes} processes" if self.processes > 1 else ""
        return f"{self.who}, {self.server}, {self.beneath}{count}"

    @property
    def reference(self) -> str:
        """The row that counts as 1: chanx on the same layer and database.

        For the bare server, which has none, it is chanx on Redis.
        """
        return f"chanx, uvicorn, {self.beneath if self.server else 'Redis'}"


def title(step: Step) -> str:
    """Give what the rows of a step begin with."""
    return f"step {step.number}"


def ours(step: Step, server: str = "uvicorn", **options: Any) -> Contender:
    """Give a step as shipped; it takes any number of frames, since we flood it."""
    return Contender(
        title(step),
        "core.asgi:application",
        server,
        settings="bench.step_settings",
        folder=step.folder,
        variables={"FRAME_BURST": "0", "MOST_SOCKETS": "0", "MOST_TASKS": "0"},
        ours=True,
        **options,
    )


def _package(name: str, dialect: Dialect, **options: Any) -> Contender:
    """An app on another package, tuned as the last step is."""
    return Contender(
        name,
        f"bench.contenders.{name.lower()}:application",
        "uvicorn",
        variables=TUNED,
        dialect=dialect,
        **options,
    )


def lineup() -> list[Contender]:
    """Give those who do all work, on SQLite."""
    mixin, last = find_step("mixin"), all_steps()[-1]
    typical = Contender(
        "typical consumer", "bench.contenders.typical:application", "daphne"
    )
    both = [
        _package("DCRF", DcrfDialect()),
        _package("chanx", ChanxDialect()),
        ours(mixin),
        ours(last),
    ]
    return [
        *_on_both_layers(typical),
        *(each for contender in both for each in _on_both_layers(contender)),
        ours(last, redis=True, processes=2),
        ours(last, "daphne"),
        Contender(BARE, "bench.contenders.bare", "", settings=""),
    ]


def _on_both_layers(contender: Contender) -> list[Contender]:
    return [contender, replace(contender, redis=True)]


def quick_lineup() -> list[Contender]:
    """Give those whom the aims compare, each once: on uvicorn and Redis, or bare."""
    return [
        contender
        for contender in lineup()
        if (contender.server, contender.beneath, contender.processes)
        in {("uvicorn", "Redis", 1), ("", "in memory", 1)}
    ]


def with_postgres() -> list[Contender]:
    """Give those who do all work, and then some of them on PostgreSQL."""
    whom = {"DCRF", "chanx", title(all_steps()[-1])}
    chosen = [contender for contender in quick_lineup() if contender.who in whom]
    return [*lineup(), *(replace(contender, postgres=True) for contender in chosen)]


def each_step() -> list[Contender]:
    """Give chanx, then every step that has the checklist's tasks, in memory."""
    first = find_step("tasks").number
    steps = [step for step in all_steps() if step.number >= first]
    return [_package("chanx", ChanxDialect()), *map(ours, steps)]

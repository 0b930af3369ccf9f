"""Who takes part: which application, on which server, over which layer."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.protocols import ChanxDialect, DcrfDialect, Dialect
from tools.chain.steps import ROOT, Step, all_steps, find_step

TUNED = {"BENCH_TUNED": "1"}


@dataclass(frozen=True)
class Contender:
    """One row of each table.

    `application` is what the server imports, `settings` Django's settings module; a
    program that is its own server has neither `server` nor `settings`. `ours` says that
    it is a step.
    """

    name: str
    application: str
    server: str
    settings: str = "bench.app.settings"
    folder: Path = ROOT
    redis: bool = False
    processes: int = 1
    variables: dict[str, str] = field(default_factory=dict)
    dialect: Dialect = field(default_factory=Dialect)
    ours: bool = False


def _ours(step: Step, server: str, **options: Any) -> Contender:
    """A step as shipped; it takes any number of frames, since we flood it."""
    layer = "Redis" if options.get("redis") else "in memory"
    count = f", {options['processes']} processes" if "processes" in options else ""
    return Contender(
        f"step {step.number}, {server}, {layer}{count}",
        "core.asgi:application",
        server,
        settings="bench.step_settings",
        folder=step.folder,
        variables={"FRAME_BURST": "0", "MOST_SOCKETS": "0", "MOST_TASKS": "0"},
        ours=True,
        **options,
    )


def lineup() -> list[Contender]:
    """Give all contenders; the first one counts as 1."""
    mixin, last = find_step("mixin"), all_steps()[-1]
    typical, dcrf, chanx = (
        f"bench.contenders.{name}:application" for name in ("typical", "dcrf", "chanx")
    )
    return [
        Contender("typical consumer, daphne, in memory", typical, "daphne"),
        Contender("typical consumer, daphne, Redis", typical, "daphne", redis=True),
        *(
            Contender(
                f"{name}, uvicorn, {layer}",
                app,
                "uvicorn",
                redis=redis,
                variables=TUNED,
                dialect=dialect,
            )
            for name, app, dialect in (
                ("DCRF", dcrf, DcrfDialect()),
                ("chanx", chanx, ChanxDialect()),
            )
            for layer, redis in (("in memory", False), ("Redis", True))
        ),
        _ours(mixin, "daphne"),
        *([_ours(last, "daphne")] if last != mixin else []),
        _ours(last, "uvicorn"),
        _ours(last, "uvicorn", redis=True),
        _ours(last, "uvicorn", redis=True, processes=2),
        Contender("bare websockets server", "bench.contenders.bare", "", settings=""),
    ]

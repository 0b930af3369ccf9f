"""How many people fit? `nox -s scale` lets them write, in a simulation.

In a process one thread does all that consumers do: it carries out changes, hands what
others changed to its tabs, and answers pings. Each of these takes its time, and the next
one waits. How long they take is measured by `nox -s scale -- --measure`.
"""

import argparse
import heapq
import random
import sys
from dataclasses import dataclass
from statistics import quantiles

SECONDS = 60  # simulated
PING = 20  # seconds, as in core/static/core/clock.js
MOST_EVENTS = 3_000_000
# Measured on two cores of an AMD EPYC server, with everything on one machine, which
# was busy with other work: milliseconds that the thread needs.
CHANGE, DELIVERY, PINGED = 10, 0.25, 2.5


@dataclass
class Outcome:
    """How busy each process was (1 is all of the time), and how long changes took."""

    busy: list[float]
    seconds: list[float]

    @property
    def median(self) -> float:
        return quantiles(self.seconds, n=100)[49]

    @property
    def slowest(self) -> float:
        """Of a hundred changes, one takes longer than this."""
        return quantiles(self.seconds, n=100)[98]


def parse(args: list[str]) -> argparse.Namespace:
    """Read the command line; `--help` and mistakes end the program as argparse does."""
    parser = argparse.ArgumentParser(
        prog="nox -s scale --",
        description="Simulate how busy the processes of the last step are, and how long "
        "it takes until the last tab has heard of a change.",
    )
    add = parser.add_argument
    add(
        "--people",
        type=_count,
        default=100,
        help="how many people have pages open (100)",
    )
    add(
        "--tabs", type=_count, default=2, help="how many tabs each of them has open (2)"
    )
    add(
        "--changes",
        type=_positive,
        default=10,
        help="how many changes a second all of them make together (10)",
    )
    add(
        "--processes",
        type=_count,
        default=1,
        help="how many processes the application has (1)",
    )
    add(
        "--together",
        action="store_true",
        help="send each change to all tabs, as in a chat (default: to the tabs of the "
        "person who made it)",
    )
    of_thread = "milliseconds that one change takes of the thread"
    add("--change", type=_positive, default=CHANGE, help=f"{of_thread} ({CHANGE})")
    add(
        "--delivery",
        type=_positive,
        default=DELIVERY,
        help=f"the same for one delivery to a tab ({DELIVERY})",
    )
    add(
        "--ping",
        type=_positive,
        default=PINGED,
        help=f"the same for one ping of a tab ({PINGED})",
    )
    add(
        "--measure",
        action="store_true",
        help="measure these three numbers on this machine",
    )
    options = parser.parse_args(args)
    tabs = options.people * options.tabs
    heard = tabs if options.together else options.tabs
    if SECONDS * (options.changes * (1 + heard) + tabs / PING) > MOST_EVENTS:
        parser.error("that is too much for this simulation; try fewer tabs or changes")
    return options


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return number


def simulate(options: argparse.Namespace, seed: int = 1) -> Outcome:
    """Let people write for a minute; `options` are those that `parse` gives."""
    chance = random.Random(seed)
    people = [
        [chance.randrange(options.processes) for _ in range(options.tabs)]
        for _ in range(options.people)
    ]
    everybody = [process for tabs in people for process in tabs]
    free, busy = [0.0] * options.processes, [0.0] * options.processes
    # Each event: when, at which process, its cost, when its change was made, who hears.
    events: list[tuple] = []
    for process in everybody:
        first = chance.random() * PING
        for again in range(SECONDS // PING):
            events.append((first + again * PING, process, options.ping, None, ()))
    now = chance.expovariate(options.changes)
    while now < SECONDS:
        tabs = chance.choice(people)
        hear = everybody if options.together else tabs
        events.append((now, chance.choice(tabs), options.change, now, hear))
        now += chance.expovariate(options.changes)
    heapq.heapify(events)
    heard: dict[float, float] = {}
    while events:
        when, process, cost, made, hear = heapq.heappop(events)
        free[process] = max(free[process], when) + cost / 1000
        busy[process] += cost / 1000
        for tab in hear:
            event = (free[process], tab, options.delivery, made, ())
            heapq.heappush(events, event)
        if made is not None:
            heard[made] = max(heard.get(made, 0), free[process])
    length = max(SECONDS, *free)
    seconds = [last - made for made, last in heard.items()]
    return Outcome([each / length for each in busy], [*seconds, *seconds])


def main(args: list[str] | None = None) -> int:
    """Measure, or simulate and print what came of it; give the exit code."""
    options = parse(sys.argv[1:] if args is None else args)
    if options.measure:
        from tools.live.measure_costs import main as measure

        return measure()
    outcome = simulate(options)
    print(
        f"A change takes {options.change} ms of a process's one thread, to tell a tab "
        f"of it {options.delivery} ms, a ping {options.ping} ms."
    )
    for number, share in enumerate(outcome.busy, 1):
        print(f"Process {number}: busy {share:.0%} of the time")
    print(
        f"Until the last tab has heard of a change: median {outcome.median * 1000:.0f} "
        f"ms, p99 {outcome.slowest * 1000:.0f} ms"
    )
    if max(outcome.busy) > 0.95:
        print("That is more than they can do: changes wait longer and longer.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

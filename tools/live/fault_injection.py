"""Start the whole system, break one part of it after the other, and count what was lost.

`nox -s live` runs this: the last step, or a project of one's own, behind a proxy, on
PostgreSQL and Redis.
"""

import argparse
import asyncio
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from tools.chain.cli import Refused, parser
from tools.chain.steps import all_steps
from tools.live import own_project
from tools.live.clients import ChatPage, ChecklistPage
from tools.live.stay_open import stay_open
from tools.live.system import DoesNotStart, Live
from tools.servers.demo_users import make_crowd
from tools.servers.missing_program import MissingProgram

HEALED = 25  # seconds until every tab is right
GONE = 60  # seconds until a ghost is gone
CALM = 4


def parse(args: list[str]) -> argparse.Namespace:
    """Read the command line; `--help` and mistakes end the program as argparse does."""
    made = parser(
        "live",
        "Run the last step, or your own project, as a whole system on this machine: "
        "PostgreSQL, Redis, workers and a proxy. Then break one part after the other "
        "while people write, and report what was lost.",
    )
    add = made.add_argument
    add(
        "folder",
        nargs="?",
        help="your project: the folder that holds manage.py (default: the last step). A "
        "copy of it is run",
    )
    add(
        "--open",
        action="store_true",
        help="break nothing: let alice and bob log in, and keep running until Ctrl-C",
    )
    add(
        "--people",
        type=int,
        default=10,
        help="how many people write, each with three pages open (10)",
    )
    add(
        "--workers",
        type=int,
        default=3,
        help="how many processes run behind the proxy (3)",
    )
    options = made.parse_args(args)
    if options.people < 1 or options.workers < 1:
        made.error("it needs at least one person and one worker")
    return options


class Drive:
    """People who write all the time, and what they were told is saved."""

    def __init__(self, live: Live, crowd: dict[str, str]):
        self.live = live
        people = [(live.address, *person, live.tls) for person in crowd.items()]
        self.lists = [ChecklistPage(*person) for person in people for _ in range(2)]
        self.chats = [ChatPage(*person) for person in people]
        self.pages = [*self.lists, *self.chats]
        self.number = 0

    async def all_ready(self, seconds: float = 180) -> None:
        """Wait until every page is connected and has its list. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            await asyncio.gather(*(page.ready.wait() for page in self.pages))

    async def write(self) -> None:
        """Write something somewhere, about fifteen times a second, until cancelled."""
        while True:
            self.number += 1
            text = f"number {self.number}"
            if random.random() < 0.3:
                await random.choice(self.chats).send(message=text)
            else:
                page = random.choice(self.lists)
                await page.send(type="task.create", name=text)
                if len(page.tasks) > 20:
                    pk = random.choice([*page.tasks])
                    await page.send(type="task.update", id=pk, name=f"{text}, renamed")
            await asyncio.sleep(random.random() * 0.13)

    async def fault(self, name: str, *steps) -> None:
        """Do the steps in a thread, one after the other, while everybody writes."""
        print(f"  {name} …", flush=True)
        for step, *args in steps:
            await asyncio.to_thread(step, *args)
        await asyncio.sleep(CALM)
        await self.all_ready()

    async def faults(self) -> None:
        """Break every part of the system once, and one after the other all workers."""
        live, wait = self.live, time.sleep
        await asyncio.sleep(CALM)
        await self.fault(
            "kill a worker",
            (live.stop_worker, 0, signal.SIGKILL), (wait, 2), (live.start_worker, 0),
        )  # fmt: skip
        await self.fault("restart Redis", (live.stop_redis,), (live.start_redis,))
        await self.fault(
            "restart PostgreSQL",
            (live.postgres.stop,),
            (wait, 1),
            (live.postgres.start,),
        )
        await self.fault(
            "let PostgreSQL crash", (live.postgres.stop, True), (live.postgres.start,)
        )
        for number in range(len(live.workers)):
            before = time.monotonic()
            await self.fault(
                f"restart worker {number + 1} in order",
                (live.stop_worker, number), (live.start_worker, number),
            )  # fmt: skip
            times = (moment for page in self.pages for moment in page.came_back)
            back = sorted(moment - before for moment in times if moment > before)
            when = f", {back[0]:.1f} to {back[-1]:.1f} s later" if back else ""
            print(f"    {len(back)} pages had to come back{when}")

    def saved(self) -> tuple[dict[str, dict[int, str]], set[str]]:
        """Each user's tasks, and all messages, as the database has them."""
        lists: dict[str, dict[int, str]] = {page.name: {} for page in self.lists}
        with psycopg.connect(self.live.postgres.url) as database:
            for user, pk, name in database.execute(
                "SELECT username, t.id, name FROM checklist_task t"
                " JOIN auth_user u ON u.id = t.user_id"
            ):
                lists[user][pk] = name
            messages = {
                row[0] for row in database.execute("SELECT message FROM chat_message")
            }
        return lists, messages

    def wrong(self) -> list[ChecklistPage]:
        """The pages that show something else than the database has."""
        lists, _ = self.saved()
        return [page for page in self.lists if page.tasks != lists[page.name]]

    def ghosts(self) -> int:
        """How many more connections the database knows than there are."""
        with psycopg.connect(self.live.postgres.url) as database:
            [(count,)] = database.execute("SELECT count(*) FROM chat_connection")
        names = {page.name for page in self.chats}
        blind = sum(page.here != names for page in self.chats)
        return abs(count - len(self.chats)) + blind

    def lost(self) -> list:
        """The tasks and messages that a page was told of and that are not there."""
        lists, messages = self.saved()
        tasks = {pk for tasks in lists.values() for pk in tasks}
        told = {pk for page in self.lists for pk in page.saved}
        said = {text for page in self.chats for text in page.saved}
        return [*(told - tasks), *(said - messages)]


async def until_none(count: Callable[[], int], seconds: float) -> tuple[int, float]:
    """Wait until nothing is counted; give the last count and the seconds it took."""
    start = time.monotonic()
    while (left := count()) and time.monotonic() - start < seconds:
        await asyncio.sleep(0.25)
    return left, time.monotonic() - start


async def drive(live: Live, people: int) -> int:
    """Let people write through all faults; print the report, give the exit code."""
    run = Drive(live, await asyncio.to_thread(make_crowd, live, people))
    await run.all_ready()
    print(f"{len(run.pages)} pages are open. People write, and we", flush=True)
    writing = asyncio.create_task(run.write())
    await run.faults()
    if writing.done():
        writing.result()  # it never ends by itself: say what ended it
    writing.cancel()
    wrong, healed = await until_none(lambda: len(run.wrong()), HEALED)
    ghosts, gone = await until_none(run.ghosts, GONE)
    told, lost = sum(len(page.saved) for page in run.pages), run.lost()
    print(
        f"\nAcknowledged to somebody: {told}. Of these lost: {len(lost)} {lost[:5] or ''}"
    )
    print(f"Pages that are wrong: {wrong} (after {healed:.1f} s)")
    print(f"Ghosts in the chat: {ghosts} (after {gone:.1f} s)")
    for page in run.pages:
        await page.close()
    # Where nothing was acknowledged, nothing was tried.
    return bool(lost or wrong or ghosts or not told)


def main(args: list[str] | None = None) -> int:
    """Start the system and drive it, or keep it open; give the exit code."""
    options = parse(sys.argv[1:] if args is None else args)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    source = all_steps()[-1]
    try:
        if options.folder:
            source = own_project.find(options.folder, options.start)
        print(
            f"Starting {source.name}: PostgreSQL, Redis, {options.workers} workers, "
            "nginx …",
            flush=True,
        )
        with (
            tempfile.TemporaryDirectory(
                prefix="live-", ignore_cleanup_errors=True
            ) as name,
            Live(source, Path(name), options.workers) as live,
        ):
            if options.open:
                return stay_open(live)
            return asyncio.run(drive(live, options.people))
    except Refused as error:
        print(error, file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:
        print(f"{source.name} cannot be set up:\n{error.stderr}", file=sys.stderr)
        return 1
    except (MissingProgram, DoesNotStart) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; nothing is left running.")
        return 130


if __name__ == "__main__":
    sys.exit(main())

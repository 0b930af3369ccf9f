"""The bench measures real servers, and what is lost or wrong makes a row void."""

import json
import re
import subprocess
import sys
from functools import partial

import pytest
import websockets

from bench import __main__ as bench
from bench import client
from bench.aims import AIMS, LAST, MIXIN, aims
from bench.choosing import chosen_tables
from bench.lineup import BARE, Contender, each_step, lineup, with_postgres
from bench.machine import machine
from bench.plots import LINES, PLOTS, points
from bench.processes import environment, take_apart
from bench.protocols import ChanxDialect, DcrfDialect, Dialect, Trouble
from bench.results import Row, Table
from bench.servers import running
from bench.work import Column, Work, catalogue, changes, percentile, snapshot
from tools.chain.steps import all_steps

COLUMNS = (Column("cpu", "CPU, ms", 1, compared=True), Column("rate", "n/s"))
WORK = Work("Counting", None, COLUMNS)


SHOW_DATABASE = """
from django.conf import settings
database = settings.DATABASES["default"]
print({key: value for key, value in database.items() if key != "NAME"})
"""


SHOW_LAYER = """
from django.conf import settings
print(settings.CHANNEL_LAYERS["default"]["BACKEND"])
"""
SHOW_COLLECTOR = """
import gc, sys
from importlib import import_module
import_module(sys.argv[1])
print("frozen:", gc.get_freeze_count() > 0)
"""


def row(who: str, *costs: float, redis: bool = True) -> Row:
    """What somebody on uvicorn costs in each run."""
    contender = Contender(who, "", "" if who == BARE else "uvicorn", redis=redis)
    return Row(contender, [{"cpu": cost, "rate": 1000 / cost} for cost in costs])


def lines(text: str) -> list[str]:
    """The lines of a table, without the blanks that align it."""
    return [" ".join(line.split()) for line in text.splitlines()]


def test_table_shows_the_cost_then_its_ratio_to_chanx_then_the_rates():
    shown = Table(WORK, [row("chanx", 2), row("ours", 5)]).markdown()

    assert "### Counting" in shown
    assert "| | CPU, ms | ÷ chanx | n/s |" in lines(shown)
    assert "| chanx, uvicorn, Redis | 2.0 | 1.00 | 500 |" in lines(shown)
    assert "| ours, uvicorn, Redis | 5.0 | 2.50 | 200 |" in lines(shown)


def test_every_table_begins_with_a_cost_and_its_ratio():
    for work in [*catalogue(quick=False), *catalogue(quick=True)]:
        first = work.columns[0]
        assert first.key in ("cpu", "memory")
        assert first.compared


def test_ratio_is_the_median_of_runs_side_by_side():
    # The third run was on a busy machine: both were slow, and their ratio holds.
    table = Table(WORK, [row("chanx", 10, 11, 100), row("ours", 50, 54, 500)])

    assert table.ratio(table.rows[1], "cpu") == 5


def test_ratio_compares_rows_on_the_same_layer():
    rows = row("chanx", 1), row("chanx", 4, redis=False), row("ours", 8, redis=False)

    assert Table(WORK, [*rows]).ratio(rows[2], "cpu") == 2


@pytest.mark.parametrize("found", [[], [row("chanx", 9)]], ids=["missing", "void"])
def test_ratio_is_missing_where_chanx_is(found):
    for each in found:
        each.trouble = "an error"

    assert Table(WORK, [*found, row("ours", 5)]).ratio(row("ours", 5), "cpu") is None


def test_ratio_is_missing_where_nothing_could_be_measured():
    table = Table(WORK, [row("chanx", 9), row("ours", 1)])
    table.rows[1].runs[0]["cpu"] = 0.0

    assert table.ratio(table.rows[1], "cpu") is None


def test_void_row_shows_its_trouble_and_no_number():
    void = row("ours", 2)
    void.trouble = "a frame lost | at\nthe end"
    shown = Table(WORK, [row("chanx", 100), void]).markdown()

    assert "| ours, uvicorn, Redis | void | – | – |" in lines(shown)
    assert "\nours, uvicorn, Redis: `a frame lost | at the end`\n" in shown
    assert "500" not in shown


def test_aims_show_what_is_reached_on_each_layer():
    costs = {"chanx": 2, LAST: 3, MIXIN: 1}
    rows = [row(who, n, redis=redis) for who, n in costs.items() for redis in (0, 1)]
    names = ("20 users at once", "One message to 100 tabs")
    tables = [Table(Work(n, None, COLUMNS), [*rows, row(BARE, 0.1)]) for n in names]

    shown = [line for line in lines(aims(tables)) if line.startswith("| ")]
    assert [line for line in shown if "---" not in line] == [
        "| CPU a unit, or memory | a step ÷ another | at most | in memory | Redis |",
        f"| A change, 20 users | {LAST} ÷ chanx | 1.0 | 1.50 | 1.50 |",
        f"| A change, 20 users | {MIXIN} ÷ chanx | 1.0 | 0.50 | 0.50 |",
        f"| A delivery, 100 tabs | {LAST} ÷ chanx | 0.4 | – | 1.50 |",
        f"| A change, 20 users | {LAST} ÷ bare | 15.0 | 30.00 | 30.00 |",
        f"| A delivery, 100 tabs | {LAST} ÷ bare | 3.0 | 30.00 | 30.00 |",
    ]


def test_aims_are_silent_where_the_last_step_was_not_measured():
    work = Work("20 users at once", None, COLUMNS)

    assert aims([Table(work, [row("chanx", 1), row(MIXIN, 1)])]) == ""


@pytest.mark.parametrize(("quick", "left_out"), [(False, 0), (True, 1)])
def test_aims_name_work_and_rows_that_there_are(quick, left_out):
    works = {work.name: work for work in catalogue(quick)}
    measured = [aim for aim in AIMS if aim.work in works]

    assert len(AIMS) - len(measured) == left_out  # 2,000 tabs take their time
    for aim in measured:
        work = works[aim.work]
        names = [contender.name for contender in work.contenders()]
        assert aim.key in [column.key for column in work.columns]
        assert f"{aim.who}, uvicorn, Redis" in names
        assert (aim.against or "chanx, uvicorn, Redis") in names


def test_every_reference_takes_part():
    for work in [*catalogue(quick=False), *catalogue(quick=True)]:
        names = [contender.name for contender in work.contenders()]
        assert {contender.reference for contender in work.contenders()} <= {*names}


def test_steps_take_part_from_the_first_with_tasks_to_the_last():
    chanx, *steps = each_step()

    assert chanx.name == "chanx, uvicorn, in memory"
    first, *_ = steps
    assert first.folder.name == "10_tasks"
    assert [step.folder for step in steps] == [step.folder for step in all_steps()[9:]]


def test_postgresql_stands_beside_sqlite():
    found = {c.name: c for c in with_postgres()}

    for who in ("DCRF", "chanx", LAST):
        assert found[f"{who}, uvicorn, Redis, PostgreSQL"].postgres
        assert not found[f"{who}, uvicorn, Redis"].postgres


def test_machine_says_what_an_fsync_costs(tmp_path, monkeypatch):
    monkeypatch.setattr("bench.machine.fsync_time", {tmp_path: 0.01234}.get)

    assert ", 12.34 ms an fsync; medians of 3 " in machine(3, tmp_path)


def test_fsync_is_timed_where_the_databases_lie(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr("os.fsync", synced.append)

    assert re.search(r"\d\.\d\d ms an fsync; one run", machine(1, tmp_path))
    assert len(synced) > 10
    assert [*tmp_path.iterdir()] == []


def test_plots_name_work_and_rows_that_there_are():
    works = {work.name: work for work in catalogue(quick=False)}

    for plot in PLOTS:
        for name in plot.works.values():
            assert {*LINES} <= {c.name for c in works[name].contenders()}


def test_plots_leave_out_what_is_void():
    (plot,) = (plot for plot in PLOTS if plot.name == "people")
    rows = [[row("chanx", 1, 9, 2)], [row("chanx", 5)]]
    rows[1][0].trouble = "an error"
    works = [Work(name, None, COLUMNS) for name in plot.works.values()]

    tables = list(map(Table, works, rows))

    assert points(plot, "chanx, uvicorn, Redis", tables) == {1: 2}


def test_percentile_is_a_value_that_was_measured():
    assert percentile([5, 1, 4, 2, 3], 50) == 3
    assert percentile([1, 2], 99) == 2


@pytest.mark.parametrize(
    ("dialect", "frame"),
    [
        (Dialect(), {"type": "error", "message": "no"}),
        (DcrfDialect(), {"request_id": 1, "action": "create", "errors": ["no"]}),
        (ChanxDialect(), {"action": "error", "payload": {}}),
    ],
)
def test_error_frame_is_trouble_in_each_dialect(dialect, frame):
    with pytest.raises(Trouble, match="an error"):
        dialect.read(frame)


def test_list_in_parts_ends_with_the_last_one():
    first = Dialect().read({"type": "task.list", "tasks": [], "part": 1, "parts": 2})
    last = Dialect().read({"type": "task.list", "tasks": [], "part": 2, "parts": 2})

    assert (first.last, last.last) == (False, True)


@pytest.fixture
async def server():
    """A server that forgets to tell each third change."""
    told = []

    async def handle(socket):
        await socket.send('{"type": "task.list", "tasks": []}')
        async for text in socket:
            told.append(text)
            if len(told) % 3:
                await socket.send(json.dumps({**json.loads(text), "id": len(told)}))

    async with websockets.serve(handle, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_lost_frame_is_trouble(server, monkeypatch):
    monkeypatch.setattr(client, "PATIENCE", 0.2)
    async with client.tabs([server], ["session"], Dialect()) as (tab,):
        for name in ("one", "two"):
            await tab.create(name)

        with pytest.raises(Trouble, match="a frame lost"):
            await tab.create("three")


async def test_frame_of_another_change_is_trouble(server):
    async with client.tabs([server], ["session"], Dialect()) as (tab,):
        await tab.say(Dialect().create("one"))

        with pytest.raises(Trouble, match="heard create 'one', not create 'two'"):
            await tab.hear("create", "two")


async def test_server_that_closes_is_trouble():
    async def handle(socket):
        await socket.close(1011)

    async with websockets.serve(handle, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Trouble, match="the socket was closed"):
            await client.open_tab(port, "session", Dialect())


def test_planted_loss_voids_a_row_and_fails_the_run(monkeypatch, capsys):
    async def lose(servers):
        raise Trouble("3 frames lost")

    monkeypatch.setattr(bench, "catalogue", lambda quick: [lossy])
    lossy = Work("Losing", lose, WORK.columns)

    assert bench.main(["--quick", "--on", LAST]) == 1
    assert "void" in capsys.readouterr().out


@pytest.mark.parametrize("name", [f"{LAST}, uvicorn, Redis", "bare"])
def test_quick_run_measures_real_servers(name, capsys):
    code = bench.main(["--quick", "--on", name, "--only", "20 users"])

    printed = capsys.readouterr().out
    assert code == 0, printed
    assert "### 20 users at once" in printed
    assert "void" not in printed
    assert ("### Aims" in printed) == (name != "bare")


def contender(name: str) -> Contender:
    return {each.name: each for each in with_postgres()}[name]


def test_step_runs_on_postgresql_and_its_work_there_counts(tmp_path):
    ours = contender(f"{LAST}, uvicorn, Redis, PostgreSQL")

    with running(ours, tmp_path, people=1) as servers:
        names = [each.name() for each in servers.services]
        assert "postgres" in names
        alone = sum(sum(each.cpu_times()[:2]) for each in servers.processes)
        assert servers.cpu() > alone


@pytest.mark.parametrize("name", [f"{LAST}, uvicorn, in memory", BARE])
def test_list_is_whole_for_each_person(name, tmp_path):
    small = partial(snapshot.run, count=10, seconds=0.1)
    work = Work("List", small, (), people=2, tasks=10, count=True)

    numbers = bench.once(contender(name), work, tmp_path)

    assert 2 < numbers["queries"] <= 15
    assert numbers["again"] > 0


@pytest.mark.parametrize("step", [each_step()[1], each_step()[6]], ids=lambda c: c.who)
def test_earlier_steps_make_the_same_changes(step, tmp_path):
    work = Work("Changes", partial(changes.run, seconds=0.1), (), people=2)

    assert bench.once(step, work, tmp_path)["rate"] > 0


def printed(contender, folder, code: str) -> str:
    """What Python prints where a contender's servers run."""
    # What all contenders but ours share is in the plain one, which needs no package.
    module = "core.asgi" if contender.ours else "bench.contenders.typical"
    return subprocess.check_output(
        [sys.executable, "-c", code, module],
        cwd=contender.folder,
        env=environment(contender, folder)
        | ({"REDIS_URL": "redis://127.0.0.1:1/0"} if contender.redis else {})
        | (
            {"DATABASE_URL": "postgres://app@127.0.0.1:1/db"}
            if contender.postgres
            else {}
        ),
        text=True,
    )


@pytest.mark.parametrize("name", ["DCRF", "chanx"])
@pytest.mark.parametrize("beneath", ["in memory", "Redis", "Redis, PostgreSQL"])
@pytest.mark.parametrize(
    "code", [SHOW_DATABASE, SHOW_LAYER, SHOW_COLLECTOR], ids=["db", "layer", "gc"]
)
def test_other_packages_are_tuned_as_the_last_step_is(name, beneath, code, tmp_path):
    ours = contender(f"{LAST}, uvicorn, {beneath}")

    theirs = printed(contender(f"{name}, uvicorn, {beneath}"), tmp_path, code)

    assert theirs == printed(ours, tmp_path, code)


def test_last_step_is_taken_apart(tmp_path):
    (tmp_path / "data").mkdir()

    shown = take_apart(contender(f"{LAST}, uvicorn, Redis"), tmp_path / "data")

    assert "| Lock the checklist and number the change |" in shown
    times = re.findall(r"([\d,]+) \|$", shown, re.MULTILINE)
    assert len(times) == 10
    assert "0" not in times


def test_unknown_name_lists_those_there_are():
    with pytest.raises(SystemExit, match="bare websockets server"):
        chosen_tables(catalogue(quick=False), ["nobody"], None)


def test_chosen_rows_and_tables_are_left():
    (table,) = chosen_tables(catalogue(quick=False), ["step 15", "bare"], "connects")

    assert {row.contender.who for row in table.rows} == {"step 15", BARE}


def test_part_of_it_cannot_be_recorded(capsys):
    with pytest.raises(SystemExit):
        bench.parse(["--record", "--quick"])

    assert "all of it" in capsys.readouterr().err


def test_record_replaces_what_stands_between_the_marks(tmp_path, monkeypatch):
    page = tmp_path / "speed.md"
    page.write_text(f"before\n{bench.START}\nold\n{bench.END}\nafter\n", "utf-8")
    monkeypatch.setattr(bench, "PAGE", page)

    bench.record("new")

    text = f"before\n{bench.START}\n\nnew\n{bench.END}\nafter\n"
    assert page.read_text("utf-8") == text


def test_lineup_follows_the_last_step():
    names = [contender.name for contender in lineup()]

    assert f"step {all_steps()[-1].number}, uvicorn, Redis" in names
    assert len(set(names)) == len(names)


def test_page_has_the_marks_between_which_the_tables_stand():
    text = bench.PAGE.read_text("utf-8")

    assert text.count(bench.START) == text.count(bench.END) == 1
    assert text.index(bench.START) < text.index(bench.END)

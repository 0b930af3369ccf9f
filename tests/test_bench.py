"""The bench measures real servers, and what is lost or wrong makes a row void."""

import json
import re
import subprocess
import sys

import pytest
import websockets

from bench import __main__ as bench
from bench import client
from bench.aims import AIMS, aims
from bench.lineup import lineup
from bench.processes import environment, take_apart
from bench.protocols import ChanxDialect, DcrfDialect, Dialect, Trouble
from bench.results import Row, Table
from bench.work import Column, Work, catalogue, percentile
from tools.chain.steps import all_steps

WORK = Work("Counting", None, (Column("rate", "n/s", more=True), Column("ms", "ms", 1)))


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


def table(*rows: Row, work: Work = WORK) -> Table:
    return Table(work, list(rows))


def row(name: str, *rates: float) -> Row:
    return Row(name, [{"rate": rate, "ms": 0.25} for rate in rates])


def test_table_shows_medians_and_ratios_of_runs_side_by_side():
    # The third run was on a busy machine: both were slow, and their ratio holds.
    shown = table(row("plain", 100, 110, 10), row("ours", 500, 540, 50)).markdown()

    assert "### Counting" in shown
    assert "| plain |          1.0 | 100 | 0.2 |" in shown
    assert "| ours  |          5.0 | 500 | 0.2 |" in shown


def test_ratio_is_higher_where_less_is_better():
    work = Work("Waiting", None, (Column("ms", "ms"),))
    rows = Row("plain", [{"ms": 40}]), Row("ours", [{"ms": 10}])

    assert table(*rows, work=work).ratio(rows[1], work.columns[0]) == 4


def test_rows_are_compared_by_what_their_servers_use_too():
    work = Work("Working", None, (Column("ms", "ms"), Column("cpu", "CPU, ms")))
    rows = Row("plain", [{"ms": 4, "cpu": 9}]), Row("ours", [{"ms": 1, "cpu": 3}])

    assert "| ours  |          4.0 |    3.0 |  1 |       3 |" in (
        table(*rows, work=work).markdown()
    )


def test_ratio_is_missing_where_nothing_could_be_measured():
    work = Work("Working", None, (Column("cpu", "CPU, ms"),))
    rows = Row("plain", [{"cpu": 9}]), Row("ours", [{"cpu": 0.0}])

    assert table(*rows, work=work).ratio(rows[1], work.columns[0]) is None


def test_void_row_shows_its_trouble_and_no_number():
    void = Row("ours", [{"rate": 500, "ms": 0.25}], "a frame lost | at\nthe end")
    shown = table(row("plain", 100), void).markdown()

    assert "| ours | void | – | – |" in " ".join(shown.split())
    assert "\nours: `a frame lost | at the end`\n" in shown
    assert "500" not in shown


def test_ratio_is_missing_where_the_first_row_is_void():
    rows = Row("plain", trouble="an error"), row("ours", 500)

    assert table(*rows).ratio(rows[1], WORK.columns[0]) is None


DELIVERIES = "One message to 100 tabs: deliveries/s"
ROWS = [
    "typical consumer, daphne, in memory",
    *(f"{name}, uvicorn, in memory" for name in ("DCRF", "chanx", "step 17")),
    "bare websockets server",
]


def shown_aims(*rates: float) -> list[str]:
    """The table of the aims where the rows have these deliveries a second."""
    columns = (Column("rate", "deliveries/s", more=True),)
    work = Work("One message to 100 tabs", None, columns)
    rows = [Row(name, [{"rate": rate}]) for name, rate in zip(ROWS, rates, strict=True)]
    text = aims([table(*rows, work=work)], "step 17, uvicorn, ")
    return [" ".join(line.split()) for line in text.splitlines()]


def test_aims_show_what_is_reached_and_what_is_missed():
    shown = shown_aims(100, 400, 400, 800, 2000)

    assert "| | against | aim | in memory |" in shown
    assert f"| {DELIVERIES} | typical consumer | 12 times better | 8.0 |" in shown
    assert (
        f"| {DELIVERIES} | bare websockets server | at most 2 times worse | 1/2.5 |"
        in shown
    )
    assert "| All tables | chanx | 2.5 times better | 2.0 |" in shown


def test_aims_name_work_and_rows_that_there_are():
    works = {work.name: work for work in catalogue(quick=False)}

    for aim in AIMS:
        assert aim.key in [column.key for column in works[aim.work].columns]
        assert aim.against in [contender.name for contender in lineup()]


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

    assert bench.main(["--quick", "--on", "step"]) == 1
    assert "void" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["typical", "bare"])
def test_quick_run_measures_real_servers(name, capsys):
    code = bench.main(["--quick", "--on", name, "--only", "one user"])

    printed = capsys.readouterr().out
    assert code == 0, printed
    assert "### One user's changes" in printed
    assert "void" not in printed


@pytest.mark.parametrize("contender", lineup()[-2:], ids=lambda found: found.name)
def test_list_of_the_last_step_and_the_bare_server_is_whole(contender, tmp_path):
    (work,) = (work for work in catalogue(quick=True) if "List" in work.name)

    numbers = bench.once(contender, work, tmp_path)

    assert 2 < numbers["queries"] <= 15


def printed(contender, folder, code: str) -> str:
    """What Python prints where a contender's servers run."""
    # What all contenders but ours share is in the plain one, which needs no package.
    module = "core.asgi" if contender.ours else "bench.contenders.typical"
    return subprocess.check_output(
        [sys.executable, "-c", code, module],
        cwd=contender.folder,
        env=environment(contender, folder)
        | ({"REDIS_URL": "redis://127.0.0.1:1/0"} if contender.redis else {}),
        text=True,
    )


@pytest.mark.parametrize("name", ["DCRF", "chanx"])
@pytest.mark.parametrize("layer", ["in memory", "Redis"])
@pytest.mark.parametrize(
    "code", [SHOW_DATABASE, SHOW_LAYER, SHOW_COLLECTOR], ids=["db", "layer", "gc"]
)
def test_other_packages_are_tuned_as_the_last_step_is(name, layer, code, tmp_path):
    found = {contender.name: contender for contender in lineup()}
    ours = found[f"step {all_steps()[-1].number}, uvicorn, {layer}"]

    theirs = printed(found[f"{name}, uvicorn, {layer}"], tmp_path, code)

    assert theirs == printed(ours, tmp_path, code)


def test_last_step_is_taken_apart(tmp_path):
    (tmp_path / "data").mkdir()

    shown = take_apart(lineup()[-2], tmp_path / "data")

    assert "| Lock the checklist and number the change |" in shown
    times = re.findall(r"([\d,]+) \|$", shown, re.MULTILINE)
    assert len(times) == 10
    assert "0" not in times


def test_unknown_name_lists_those_there_are():
    with pytest.raises(SystemExit, match="bare websockets server"):
        bench.chosen(lineup(), "nobody", "contender")


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

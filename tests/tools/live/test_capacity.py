"""The simulation agrees with what can be reckoned by hand."""

import pytest

from tools.live import capacity


def simulate(text):
    return capacity.simulate(capacity.parse(text.split()))


def test_process_is_busy_as_long_as_its_work_takes():
    # 20 changes of 10 ms and their two deliveries of 5 ms, 5 pings of 4 ms.
    outcome = simulate("--people 50 --changes 20 --change 10 --delivery 5 --ping 4")

    assert sum(outcome.busy) == pytest.approx(20 * (10 + 2 * 5) / 1000 + 0.02, rel=0.1)


def test_lone_change_waits_for_nobody():
    outcome = simulate("--people 1 --changes 0.5 --change 10 --delivery 5 --ping 0.001")

    assert outcome.median == pytest.approx(0.020, abs=0.0001)


def test_second_process_shares_the_work():
    one = simulate("--people 500 --changes 60")
    two = simulate("--people 500 --changes 60 --processes 2")

    assert sum(two.busy) == pytest.approx(one.busy[0], rel=0.05)
    assert two.slowest < one.slowest


def test_change_that_everybody_hears_costs_a_delivery_for_each_tab():
    apart = simulate("--people 100 --changes 5")
    together = simulate("--people 100 --changes 5 --together")

    more = 5 * (200 - 2) * capacity.DELIVERY / 1000
    assert together.busy[0] - apart.busy[0] == pytest.approx(more, rel=0.15)


def test_same_seed_gives_the_same_outcome():
    assert simulate("--people 9") == simulate("--people 9")


def test_too_much_work_is_told(capsys):
    assert capacity.main(["--changes", "200"]) == 0

    assert "more than they can do" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("--people 0", "'0' is not a number from 1 on"),
        ("--processes 1.5", "'1.5' is not a number from 1 on"),
        ("--changes 0", "'0' is not a number above 0"),
        ("--delivery nan", "'nan' is not a number above 0"),
        ("--change inf", "'inf' is not a number above 0"),
        ("--people 100000 --together", "too much for this simulation"),
    ],
)
def test_bad_argument_is_refused(text, said, capsys):
    with pytest.raises(SystemExit):
        capacity.parse(text.split())

    assert said in capsys.readouterr().err

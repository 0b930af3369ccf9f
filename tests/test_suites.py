"""The steps' own tests run by one command."""

import pytest

from tutorial import chain, suites


@pytest.fixture
def runs(monkeypatch):
    """Note the runs instead of doing them; step 2 fails."""
    noted = []

    def note(step, options):
        noted.append((step.name, options))
        return "its output", int(step.number == 2)

    monkeypatch.setattr(suites, "run", note)
    return noted


def test_suites_without_a_name_are_those_of_all_steps(runs):
    suites.main([])

    assert sorted(runs) == [(step.name, []) for step in chain.steps()]


def test_suites_take_steps_and_options_of_pytest(runs):
    suites.main(["1", "03_rooms", "-k", "echo"])

    options = ["-k", "echo"]
    assert sorted(runs) == [("01_echo", options), ("03_rooms", options)]


def test_suites_that_pass_end_well(runs, capsys):
    assert suites.main(["1"]) == 0
    assert capsys.readouterr().out.endswith("its output\n1 of 1 steps pass\n")


def test_suites_name_the_step_that_fails(runs, capsys):
    assert suites.main(["1", "2"]) == 1
    assert "1 of 2 steps pass; failed: 02_group\n" in capsys.readouterr().out


def test_suites_of_an_unknown_step_list_the_steps(runs, capsys):
    assert suites.main(["99"]) == 2
    assert "01_echo" in capsys.readouterr().err
    assert not runs

"""The steps' own tests run by one command."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from tools.chain.git import git
from tools.chain.steps import ROOT, all_steps
from tools.servers.missing_program import MissingProgram
from tools.suites import runner

WHO = ("-c", "user.name=n", "-c", "user.email=n@example.com")


@pytest.fixture
def runs(monkeypatch):
    """Note the runs instead of doing them; step 2 fails."""
    noted = []

    def note(step, options, **variables):
        on = " on PostgreSQL" if variables else ""
        noted.append((f"{step.name}{on}", options))
        return "its output", int(step.number == 2)

    @contextmanager
    def postgres_server(port):
        yield SimpleNamespace(url="postgres://app@127.0.0.1/app")

    monkeypatch.setattr(runner, "run", note)
    monkeypatch.setattr(runner, "postgres_server", postgres_server)
    return noted


def test_suites_without_a_name_are_those_of_all_steps(runs):
    runner.main([])

    names = [step.name for step in all_steps()]
    assert sorted(runs) == [(name, []) for name in [*names, "17_live on PostgreSQL"]]


@pytest.mark.parametrize(("ci", "code"), [("1", 1), ("", 0)])
def test_suite_without_postgresql_says_so_and_fails_in_ci(
    runs, monkeypatch, capsys, ci, code
):
    def fail(port):
        raise MissingProgram("sudo apt install postgresql")

    monkeypatch.setattr(runner, "postgres_server", fail)
    monkeypatch.setenv("CI", ci)

    assert runner.main(["17"]) == code
    assert "NOT RUN. sudo apt install postgresql" in capsys.readouterr().out


def test_suites_take_steps_and_options_of_pytest(runs):
    runner.main(["1", "03_rooms", "-k", "echo"])

    options = ["-k", "echo"]
    assert sorted(runs) == [("01_echo", options), ("03_rooms", options)]


def test_suites_that_pass_end_well(runs, capsys):
    assert runner.main(["1"]) == 0
    assert capsys.readouterr().out.endswith("its output\n1 of 1 suites pass\n")


def test_suites_name_the_step_that_fails(runs, capsys):
    assert runner.main(["1", "2"]) == 1
    assert "1 of 2 suites pass; failed: 02_group\n" in capsys.readouterr().out


def test_suites_of_an_unknown_step_list_the_steps(runs, capsys):
    assert runner.main(["99"]) == 2
    assert "01_echo" in capsys.readouterr().err
    assert not runs


@pytest.fixture
def tiny(repository, monkeypatch):
    """A committed tutorial of two tiny steps, and no CI."""
    monkeypatch.delenv("CI", raising=False)
    repository.write("requirements.txt", "")
    git("add", "--all", cwd=repository.root)
    git(*WHO, "commit", "--quiet", "-m", "All", cwd=repository.root)
    return repository


def names(runs) -> list[str]:
    return sorted(name for name, _ in runs)


def rename(tiny):
    folder = tiny.root / "steps/02_second"
    (folder / "notes/new.py").rename(folder / "notes/newer.py")


def commit_an_edit(tiny):
    tiny.edit("steps/02_second/notes/new.py", "café", "tea")
    git(*WHO, "commit", "--quiet", "--all", "-m", "Tea", cwd=tiny.root)
    git("tag", "later", cwd=tiny.root)


@pytest.mark.parametrize(
    "change",
    [
        lambda tiny: tiny.edit("steps/02_second/notes/new.py", "café", "tea"),
        lambda tiny: tiny.write("steps/02_second/notes/a café.py", ""),
        lambda tiny: (tiny.root / "steps/02_second/notes/new.py").unlink(),
        rename,
    ],
)
def test_suites_since_a_revision_are_those_of_the_changed_steps(runs, tiny, change):
    change(tiny)

    runner.main(["--since", "HEAD", "-k", "echo"], tiny.root)

    assert runs == [("02_second", ["-k", "echo"])]


@pytest.mark.parametrize(("revision", "steps"), [("HEAD~1", 1), ("later", 0)])
def test_suites_since_a_revision_count_what_is_committed(runs, tiny, revision, steps):
    commit_an_edit(tiny)

    runner.main([f"--since={revision}"], tiny.root)

    assert len(runs) == steps


@pytest.mark.parametrize("path", ["docs/02_second.md", "steps/02_second/db.sqlite3"])
def test_suites_since_a_revision_are_none_where_no_step_changed(
    runs, tiny, capsys, path
):
    tiny.write(path, "changed\n")

    assert runner.main(["--since", "HEAD"], tiny.root) == 0

    assert not runs
    assert "No step has changed since HEAD" in capsys.readouterr().out


def test_suites_since_a_revision_are_all_where_what_they_share_changed(runs, tiny):
    tiny.write("requirements.txt", "django\n")

    runner.main(["--since", "HEAD"], tiny.root)

    assert names(runs) == ["01_first", "02_second"]


@pytest.mark.parametrize("path", runner.SHARED)
def test_what_all_steps_share_is_there(path):
    assert (ROOT / path).is_file()


def test_suites_in_ci_are_those_of_all_steps(runs, tiny, monkeypatch, capsys):
    monkeypatch.setenv("CI", "true")

    runner.main(["--since", "HEAD"], tiny.root)

    assert names(runs) == ["01_first", "02_second"]
    assert "All steps: this is CI" in capsys.readouterr().out


def test_suites_since_a_revision_stay_with_the_named_steps(runs, tiny):
    tiny.write("requirements.txt", "django\n")

    runner.main(["1", "--since", "HEAD"], tiny.root)

    assert names(runs) == ["01_first"]


@pytest.mark.parametrize("revision", ["nowhere", "", "--all", "HEAD:steps"])
def test_suites_since_an_unknown_revision_say_so(runs, tiny, capsys, revision):
    assert runner.main([f"--since={revision}"], tiny.root) == 2

    assert f"There is no revision {revision!r}" in capsys.readouterr().err
    assert not runs


def test_since_without_a_revision_says_so(runs, tiny, capsys):
    assert runner.main(["--since"], tiny.root) == 2

    assert "--since needs a revision" in capsys.readouterr().err

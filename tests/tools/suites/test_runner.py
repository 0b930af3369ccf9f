"""The steps' own tests run by one command."""

from concurrent.futures import Future
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from tools.chain.git import git
from tools.chain.steps import ROOT, all_steps, find_step, step_files
from tools.results.fingerprint import forget_contents
from tools.results.store import Store
from tools.servers.missing_program import MissingProgram
from tools.suites import runner
from tools.suites.shard import Outcome

WHO = ("-c", "user.name=n", "-c", "user.email=n@example.com")


class FakePool:
    """Notes what it is asked to run instead of running it; step 2 fails."""

    def __init__(self):
        self.noted = []

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        pass

    def submit(self, function, folder, args, variables):
        name, _, shard = folder.parent.name.rpartition(" ")
        options = [arg for arg in args if not arg.startswith("tests/")]
        if shard == "0":
            self.noted.append((name, options))
        failed = folder.name.startswith("02_")
        counts = {"passed": 3, "failed": int(failed)}
        future = Future()
        future.set_result(Outcome(int(failed), "its output", counts, 2, 1))
        return future


@pytest.fixture
def runs(monkeypatch, tmp_path):
    """Note the runs instead of doing them; step 2 fails. Nothing is kept from before."""

    @contextmanager
    def postgres_server(port):
        yield SimpleNamespace(url="postgres://app@127.0.0.1/app")

    fake = FakePool()
    monkeypatch.setattr(runner, "pool", lambda processes: fake)
    monkeypatch.setattr(runner, "postgres_server", postgres_server)
    monkeypatch.setattr(
        runner, "Store", lambda name, folder: Store(name, tmp_path / "results")
    )
    return fake.noted


def test_suites_without_a_name_are_those_of_all_steps(runs):
    runner.main([])

    names = [step.name for step in all_steps()]
    live = [f"{name} on PostgreSQL" for name in names[names.index("21_live") :]]
    assert sorted(runs) == sorted((name, []) for name in names + live)


@pytest.mark.parametrize(("ci", "code"), [("1", 1), ("", 0)])
def test_suite_without_postgresql_says_so_and_fails_in_ci(
    runs, monkeypatch, capsys, ci, code
):
    def fail(port):
        raise MissingProgram("sudo apt install postgresql")

    monkeypatch.setattr(runner, "postgres_server", fail)
    monkeypatch.setenv("CI", ci)

    assert runner.main(["live"]) == code
    assert "NOT RUN. sudo apt install postgresql" in capsys.readouterr().out


def test_suites_take_steps_and_options_of_pytest(runs):
    runner.main(["1", "03_rooms", "-k", "echo"])

    options = ["-k", "echo"]
    assert sorted(runs) == [("01_echo", options), ("03_rooms", options)]


def test_suites_that_pass_end_well(runs, capsys):
    assert runner.main(["1"]) == 0
    told = capsys.readouterr().out
    assert "--- 1/1, 0 s: 01_echo: 3 passed\n" in told
    assert told.endswith("1 of 1 suites pass\n")


def test_suites_name_the_step_that_fails(runs, capsys):
    assert runner.main(["1", "2"]) == 1
    told = capsys.readouterr().out
    assert "02_group: 3 passed, 1 failed\nits output\n" in told
    assert "1 of 2 suites pass; failed: 02_group\n" in told


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
    assert (ROOT / path).exists()


def test_suite_that_was_proved_is_not_run_again(runs, tiny, capsys):
    runner.main(["1"], tiny.root)
    capsys.readouterr()

    assert runner.main(["1"], tiny.root) == 0

    assert names(runs) == ["01_first"]
    told = capsys.readouterr().out
    assert "1 suite with 3 tests passed on 20" in told
    assert "1 of 1 suites pass" in told


@pytest.mark.parametrize("options", [["--all"], ["-k", "note"]])
def test_suite_that_was_proved_is_run_again_where_somebody_asks(runs, tiny, options):
    runner.main(["1"], tiny.root)

    runner.main(["1", *options], tiny.root)

    assert names(runs) == ["01_first", "01_first"]


@pytest.mark.parametrize(
    "path", ["steps/01_first/notes/app.py", "requirements.txt", "tools/suites/x.py"]
)
def test_suite_is_run_again_when_a_file_has_changed_that_it_depends_on(
    runs, tiny, path
):
    runner.main(["1"], tiny.root)
    tiny.write(path, "changed = True\n")
    forget_contents()

    runner.main(["1"], tiny.root)

    assert names(runs) == ["01_first", "01_first"]


def test_suite_is_not_run_again_when_another_step_has_changed(runs, tiny):
    runner.main(["1"], tiny.root)
    tiny.write("steps/02_second/notes/app.py", "changed = True\n")
    forget_contents()

    runner.main(["1"], tiny.root)

    assert names(runs) == ["01_first"]


def test_suite_that_fails_or_was_chosen_from_is_never_kept(runs, tiny):
    for args in (["2"], ["1", "-k", "note"]):
        runner.main(args, tiny.root)
        runner.main([args[0]], tiny.root)

    assert names(runs) == ["01_first", "01_first", "02_second", "02_second"]


def test_suite_with_a_test_that_was_skipped_is_not_proved():
    counts = {"passed": 3, "skipped": 1}

    assert not runner.Suite(find_step("1"), outcomes=[Outcome(0, "", counts)]).proved
    assert not runner.Suite(find_step("1"), outcomes=[Outcome(0, "NOT RUN.")]).proved


def test_shards_of_a_step_hold_each_of_its_modules_once():
    step = find_step("live")

    dealt = [path for shard in runner.shards(step, []) for path in shard]

    assert sorted(dealt) == [p for p in step_files(step.folder) if "/test_" in p]
    assert runner.shards(step, ["-k", "x"]) == [[]]


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

    assert "--since needs a git revision" in capsys.readouterr().err


def test_progress_says_how_long_the_rest_will_take(capsys):
    times = iter([0, 4, 20, 20, 20, 30, 30])
    progress = runner.Progress(suites=1, clock=lambda: next(times))
    progress.parts = 4

    progress.part()
    progress.part()
    progress.tell(SimpleNamespace(proved=True, outcomes=[]))

    first, last = capsys.readouterr().out.splitlines()
    assert first == "    2 of 4 parts, 20 s, about 20 s left"
    assert last.startswith("--- 1/1, 30 s, about 30 s left: ")

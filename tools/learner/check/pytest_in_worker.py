"""Test the project in this folder, and note what happens as lines of JSON.

`tools.learner.check.command` runs this file in a process of its own, in a copy of a learner's
project. It imports nothing of the repository: the project may have any names.
"""

import configparser
import faulthandler
import importlib.util
import json
import os
import sys
import traceback
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path.cwd()
OPTIONS = ["-c", "pytest.ini", "--rootdir=.", "--confcutdir=tests", "--capture=no"]
OPTIONS += ["--tb=no", "--continue-on-collection-errors", "--maxfail=10"]
OPTIONS += ["-p", "no:cacheprovider", "-p", "pytest_django.plugin"]
OPTIONS += ["-p", "pytest_asyncio.plugin"]
# A fixture that failed so often, and more often than it worked, is not tried again: most
# tests need it, and each would wait in vain for a frame.
HOPELESS = 3
# And of a test with many cases a few that fail are enough, so that others have a turn.
CASES = 2
NOT_TRIED = "not tried"


class Notes:
    """The file of notes; whoever reads it also learns where the program hangs."""

    def __init__(self, folder: Path, silence: float):
        self.notes = (folder / "notes").open("w", encoding="utf-8")
        self.trace = (folder / "trace").open("w", encoding="utf-8")
        self.silence = silence

    def add(self, kind: str, **facts) -> None:
        faulthandler.dump_traceback_later(self.silence, file=self.trace)
        self.notes.write(json.dumps({"kind": kind, **facts}) + "\n")
        self.notes.flush()


class Reporter:
    """A plugin of pytest that notes each test, and leaves out what cannot succeed."""

    def __init__(self, notes: Notes):
        self.notes = notes
        self.failed: Counter = Counter()
        self.worked: Counter = Counter()
        self.cases: Counter = Counter()

    def pytest_collection_finish(self, session):
        self.notes.add("collected", count=len(session.items))

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector):
        report = yield
        if report.failed:
            error = report.call.excinfo.value
            self.notes.add("unread", test=report.nodeid, **facts(error))
        return report

    def pytest_runtest_logstart(self, nodeid):
        self.notes.add("start", test=nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item):
        if self.cases[without_case(item.nodeid)] >= CASES:
            pytest.skip(NOT_TRIED)
        for name in item.fixturenames:
            if self.failed[name] >= max(HOPELESS, self.worked[name] + 1):
                pytest.skip(NOT_TRIED)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        if report.failed:
            self.failed.update(fixtures_in(call.excinfo.value))
            self.cases[without_case(item.nodeid)] += 1
            self.notes.add("failed", test=item.nodeid, **facts(call.excinfo.value))
        elif report.skipped:
            reason = str(report.longrepr[2]).removeprefix("Skipped: ")
            kind = "untried" if reason == NOT_TRIED else "skipped"
            self.notes.add(kind, test=item.nodeid, reason=reason)
        elif call.when == "call":
            self.worked.update(item.fixturenames)
            self.notes.add("passed", test=item.nodeid)
        return report

    def pytest_internalerror(self, excinfo):
        self.notes.add("ended", **facts(excinfo.value))

    def pytest_keyboard_interrupt(self, excinfo):
        self.notes.add("ended", **facts(excinfo.value))

    def pytest_sessionfinish(self, exitstatus):
        self.notes.add("finished", code=int(exitstatus))


def without_case(test: str) -> str:
    """Give a test's name without its parameters."""
    return test.partition("[")[0]


def fixtures_in(error: BaseException) -> set[str]:
    """The functions of the tests' conftest.py that an error came through."""
    return {
        frame.f_code.co_qualname.partition(".")[0]
        for frame, _ in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == str(PROJECT / "tests" / "conftest.py")
    }


def facts(error: BaseException) -> dict:
    """What to tell of an error: its last line, and where it came through the project."""
    error = error.__cause__ if error.__cause__ and is_collecting(error) else error
    places = [
        (Path(frame.filename).relative_to(PROJECT).as_posix(), frame.lineno)
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(PROJECT)
    ]
    if isinstance(error, SyntaxError) and error.filename:
        name = Path(error.filename)
        if name.is_relative_to(PROJECT):
            places.append((name.relative_to(PROJECT).as_posix(), error.lineno))
    text = str(error).replace(f"{PROJECT}{os.sep}", "")
    told = {"error": type(error).__name__, "text": text[:2000], "places": places[::-1]}
    if isinstance(error, ModuleNotFoundError):
        told["module"] = error.name
    elif isinstance(error, ImportError) and error.name:
        told["lacks"] = error.name
    return told


def is_collecting(error: BaseException) -> bool:
    """Say whether it is pytest's error for a file that it cannot import."""
    return isinstance(error, pytest.Collector.CollectError)


def prepare() -> list[str]:
    """Import the project as its server would; give the apps that lack a migration."""
    config = configparser.ConfigParser()
    config.read("pytest.ini", "utf-8")
    os.environ["DJANGO_SETTINGS_MODULE"] = config["pytest"]["DJANGO_SETTINGS_MODULE"]
    import django
    from django.conf import settings

    for number, database in enumerate(settings.DATABASES.values()):
        if "sqlite" in database.get("ENGINE", ""):
            # An absolute path would lead to the learner's own database.
            database.update(NAME=str(PROJECT / f"check-{number}.sqlite3"), TEST={})
    django.setup()
    importlib.import_module(settings.ROOT_URLCONF)
    if application := getattr(settings, "ASGI_APPLICATION", None):
        importlib.import_module(application.rpartition(".")[0])
    load("_conftest", "tests/conftest.py")
    return apps_without_migrations()


def load(name: str, path: Path | str) -> ModuleType:
    """Give the module that a file holds, wherever it is."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def apps_without_migrations() -> list[str]:
    """The project's apps for which `makemigrations` has something to do."""
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.state import ProjectState

    loader = MigrationLoader(None, ignore_no_migrations=True)
    now = ProjectState.from_apps(apps)
    detector = MigrationAutodetector(loader.project_state(), now)
    ours = [a for a in apps.get_app_configs() if Path(a.path).is_relative_to(PROJECT)]
    without = {a.label for a in ours if a.label in loader.unmigrated_apps}
    without = {
        label for label in without if list(apps.get_app_config(label).get_models())
    }
    changed = detector.changes(graph=loader.graph)
    return sorted(without | {a.label for a in ours if a.label in changed})


def main(folder: str, silence: str, *modules: str) -> int:
    """Test the project with some modules of tests; give pytest's exit code."""
    notes = Notes(Path(folder), float(silence))
    notes.add("start", test="")
    sys.path.insert(0, str(PROJECT))
    try:
        apps = prepare()
    except BaseException as error:
        notes.add("broken", **facts(error))
        return 1
    if apps:
        notes.add("migrations", apps=apps)
        return 1
    base = f"--basetemp={Path(folder, 'pytest')}"
    plugin = Path(__file__).parents[2] / "suites" / "pytest_plugin.py"
    fast = load("_pytest_plugin", plugin).FastSuite()
    return int(pytest.main([*OPTIONS, base, *modules], plugins=[fast, Reporter(notes)]))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

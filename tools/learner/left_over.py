"""What a project has and its step does not: above all the migrations of an exercise."""

import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.chain.steps import Step, all_steps
from tools.learner import database, project
from tools.learner.code_places import difference


@dataclass(frozen=True)
class LeftOver:
    """What was found in a project; false where nothing was.

    `migrations` and `files` are paths, `ahead` those among the step's own folders that a
    later step brings, `gone` are migrations that the database has had and no file holds.
    """

    step: Step
    folder: Path
    migrations: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    ahead: tuple[tuple[str, Step], ...] = ()
    gone: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.migrations or self.files or self.ahead or self.gone)

    def apps(self) -> list[str]:
        """Give the apps that have migrations that the step does not have."""
        return sorted({path.partition("/")[0] for path in self.migrations})

    def words(self) -> Iterator[str]:
        """Say what is left over, and how to undo it."""
        for app in self.apps():
            yield from self._migrations(app)
        for app, name in self.gone:
            yield from self._gone(app, name)
        if self.files:
            yield from self._listed("files", self.files)
            it, is_it = (
                ("it", "it is") if len(self.files) == 1 else ("them", "they are")
            )
            yield f"If {is_it} left over from an exercise, delete {it}. Notes can stay."
        for path, step in self.ahead:
            yield f"{path} only comes with step {step.number}, {step.title}."

    def _listed(self, what: str, paths) -> Iterator[str]:
        number = self.step.number
        one = f"a {what[:-1]}" if len(paths) == 1 else what
        yield f"Your project has {one} that step {number} doesn't have:"
        yield from (f"    {path}" for path in paths)

    def _migrations(self, app: str) -> Iterator[str]:
        theirs = [path for path in self.migrations if path.startswith(f"{app}/")]
        kept, lost = self._of_step(app)
        back = Path(kept[-1]).stem if kept else "zero"
        yield from self._listed("migrations", theirs)
        yield "To undo that, stop the server, then run in your project, in this order:"
        yield f"    python manage.py migrate {app} {back}"
        yield from (f"    {delete(path)}" for path in theirs)
        models = f"{app}/models.py"
        found = difference(self.step.folder / models, self.folder / models)
        if names := found.extra_names():
            yield f"Then take the exercise out of {models} too ({', '.join(names)})."
        elif found.extra and not lost:
            yield f"Then take the exercise out of {models} too."
        if lost:
            yield f"The step has {' and '.join(map(_name, lost))} in its place. Once"
            yield f"{models} is as on the page, you get it with:"
            yield f"    python manage.py makemigrations {app}"
            yield "    python manage.py migrate"

    def _of_step(self, app: str) -> tuple[list[str], list[str]]:
        """The step's migrations of an app up to the first that the project lacks."""
        ours = [path for path in project.files_of(self.step) if _app_of(path) == app]
        count = 0
        while count < len(ours) and (self.folder / ours[count]).is_file():
            count += 1
        return ours[:count], ours[count:]

    def _gone(self, app: str, name: str) -> Iterator[str]:
        kept, _ = self._of_step(app)
        back = Path(kept[-1]).stem if kept else "zero"
        yield f"Your database still has what {app}/migrations/{name}.py has added, but"
        yield "that file is gone. Saving may fail with an IntegrityError. The quickest way"
        yield "out is a new database, without the rows of the old one. Stop the server, then:"
        yield f"    {delete(f'{database.NAME}*')}"
        yield "    python manage.py migrate"
        if self.step.has_people:
            yield "    python manage.py createsuperuser"
        yield f"To keep the rows, put the file back, run “python manage.py migrate {app}"
        yield f"{back}”, and delete the file only then."


def find(step: Step, folder: Path) -> LeftOver:
    """Look for what a project has and the step does not, in the step's own folders."""
    extra = project.extra_files(step, folder)
    later = [s for s in all_steps(step.folder.parent.parent) if s.number > step.number]
    brings = {path: s for s in reversed(later) for path in project.files_of(s)}
    ahead = tuple((path, brings[path]) for path in extra if path in brings)
    rest = [path for path in extra if path not in brings]
    return LeftOver(
        step,
        folder,
        migrations=tuple(path for path in rest if _app_of(path)),
        files=tuple(path for path in rest if not _app_of(path)),
        ahead=ahead,
        gone=tuple(_gone(step, folder)),
    )


def _gone(step: Step, folder: Path) -> Iterator[tuple[str, str]]:
    try:
        applied = database.applied_migrations(folder)
    except (sqlite3.Error, OSError):
        return
    tops = {path.partition("/")[0] for path in project.files_of(step) if "/" in path}
    for app, name in applied:
        if app in tops and not (folder / app / "migrations" / f"{name}.py").exists():
            yield app, name


def delete(path: str) -> str:
    """Give the command that deletes a file here."""
    if sys.platform == "win32":
        return "del " + path.replace("/", "\\")
    return f"rm {path}"


def _app_of(path: str) -> str:
    """The app whose migration a file is, "" for any other file."""
    app, _, rest = path.partition("/migrations/")
    return app if rest.endswith(".py") and rest != "__init__.py" else ""


def _name(path: str) -> str:
    return path.rpartition("/")[2]

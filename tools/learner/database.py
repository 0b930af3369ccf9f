"""A project's own SQLite database: which migrations have made it."""

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

NAME = "db.sqlite3"
# SQLite's own files beside the database belong to it.
FILES = [f"{NAME}{end}" for end in ("", "-wal", "-shm", "-journal")]


def applied_migrations(folder: Path) -> list[tuple[str, str]]:
    """Give the app and the name of each migration that a project's database has had.

    Raises sqlite3.Error or OSError where it cannot be read.
    """
    if not (folder / NAME).exists():
        return []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        # Looking into it would write beside it.
        for each in FILES:
            if (folder / each).exists():
                shutil.copyfile(folder / each, Path(name, each))
        with closing(sqlite3.connect(Path(name, NAME))) as database:
            tables = "SELECT name FROM sqlite_master WHERE name = 'django_migrations'"
            if not database.execute(tables).fetchone():
                return []
            return database.execute(
                "SELECT app, name FROM django_migrations"
            ).fetchall()

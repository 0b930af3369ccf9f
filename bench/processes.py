"""How a contender's processes are started, and what they find in their database."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench.lineup import Contender
from tools.chain.steps import ROOT
from tools.servers.step_server import HOST

DATABASE = "db.sqlite3"


def environment(contender: Contender, data: Path) -> dict[str, str]:
    """The variables of a contender's servers, whose database is in `data`."""
    paths = [str(contender.folder), str(ROOT), os.environ.get("PYTHONPATH", "")]
    env = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "BENCH_DATABASE": str(data / DATABASE),
        "TUTORIAL_DATABASE": str(data / DATABASE),
        "TUTORIAL_HOSTS": HOST,
        **contender.variables,
    }
    for name in ("REDIS_URL", "DATABASE_URL", "DJANGO_SETTINGS_MODULE"):
        env.pop(name, None)
    return env | (
        {"DJANGO_SETTINGS_MODULE": contender.settings} if contender.settings else {}
    )


def command(contender: Contender, port: int) -> list[str]:
    """The command line of one server."""
    match contender.server:
        case "daphne":
            options = ["-v", "0", "-b", HOST, "-p", str(port)]
        case "uvicorn":
            options = ["--host", HOST, "--port", str(port)]
            options += ["--lifespan", "off", "--log-level", "warning"]
        case "":
            return [sys.executable, "-m", contender.application, str(port)]
    return [sys.executable, "-m", contender.server, *options, contender.application]


def seed(
    contender: Contender, env: dict[str, str], people: int, tasks: int
) -> list[str]:
    """Make the tables and what is in them; give the people's sessions."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.seed", str(people), str(tasks)],
        cwd=contender.folder,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout.split()


def fill(contender: Contender, data: Path, people: int, tasks: int) -> list[str]:
    """Make a database of SQLite's, or copy that of the same kind; give the sessions."""
    # Tuning changes the file too: WAL stays on.
    kind = (contender.settings, contender.folder.name, *contender.variables)
    made = data.parent / "-".join(("seed", *kind, str(people), str(tasks)))
    if not made.exists():
        made.mkdir()
        sessions = seed(contender, environment(contender, made), people, tasks)
        (made / "sessions").write_text("\n".join(sessions))
    shutil.copyfile(made / DATABASE, data / DATABASE)
    return (made / "sessions").read_text().split()


def take_apart(contender: Contender, data: Path) -> str:
    """Give the table of what the work of a step is made of, as Markdown."""
    fill(contender, data, people=1, tasks=1000)
    done = subprocess.run(
        [sys.executable, "-m", "bench.cost_parts"],
        cwd=contender.folder,
        env=environment(contender, data),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return f"### What the work of the last step is made of\n\n{done.stdout}"

"""A person's own project as the live system: what it still lacks for that is said."""

from pathlib import Path

import yaml

from tools.chain.cli import Refused
from tools.chain.steps import find_step
from tools.learner import project

NEEDED = ("compose.yaml", "nginx.conf", "core/asgi.py", "core/live.py")


def find(text: str, start: str = ".") -> Path:
    """Give the project that a person in the folder `start` calls `text`.

    Raises Refused where there is none, or where it lacks what the step Live adds.
    """
    folder = project.find(text, start)
    page = f"docs/{find_step('live').page.name}"
    if missing := [path for path in NEEDED if not (folder / path).is_file()]:
        raise Refused(
            f"{folder} has no {' and no '.join(missing)}, so it cannot run as a whole "
            f"system yet. You can read in {page} how to add that."
        )
    if not _describes_web((folder / "compose.yaml").read_text("utf-8", "replace")):
        raise Refused(
            f"compose.yaml in {folder} has no service “web” whose environment holds "
            f"“NAME: value” lines and whose command has --host and --port, as the one "
            f"in {page} has."
        )
    return folder


def _describes_web(text: str) -> bool:
    try:
        web = yaml.safe_load(text)["services"]["web"]
        words = web["command"].split()
        return isinstance(web["environment"], dict) and {"--host", "--port"} <= {*words}
    except (yaml.YAMLError, LookupError, TypeError, AttributeError):
        return False

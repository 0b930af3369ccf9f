"""Facts that the tutorial states, each with the test that proves it and its command."""

import re
from html import escape
from pathlib import Path

from tools.chain.steps import find_step

FOLDERS = {"load": "tests/load", "browser": "tests/walks", "chain": "tests/tools"}
FOLDERS["faults"] = "tests/faults"


def table(facts: dict[str, str], root: Path) -> str:
    """Give facts as an HTML table, each with the command that repeats its proof.

    A fact leads to "tests STEP TEST" for a test of a step, or "load TEST", "faults TEST",
    "browser TEST" or "chain TEST" for one of the repository. Raises ValueError where there is no such
    test, and UnknownStep.
    """
    rows = ""
    for fact, proof in facts.items():
        command = escape(_command(proof, root))
        rows += f"<tr><td>{escape(fact)}</td><td><code>{command}</code></td></tr>"
    head = "<th>What holds</th><th>The command that shows it</th>"
    return (
        '<div class="facts"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _command(proof: str, root: Path) -> str:
    session, *step, test = proof.split()
    if session == "tests" and len(step) == 1:
        folder = find_step(step[0], root).folder / "tests"
    elif session in FOLDERS and not step:
        folder = root / FOLDERS[session]
    else:
        raise ValueError(f"“{proof}” is neither “tests STEP TEST” nor “load TEST”")
    defined = re.compile(rf"\bdef {re.escape(test)}\(")
    if not any(
        defined.search(path.read_text("utf-8")) for path in folder.rglob("*.py")
    ):
        raise ValueError(f"there is no {test} in {folder.relative_to(root).as_posix()}")
    return " ".join(["uvx nox -s", session, "--", *step, "-k", test])

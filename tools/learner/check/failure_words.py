"""A failing test in plain words."""

from collections.abc import Iterator

from tools.chain.steps import Step
from tools.learner import project

WIDTH = 160
# What these errors mean in a test that talks to a socket.
MEANS = {
    "TimeoutError": "the test waited for a frame and none came",
    "ConnectionRefusedError": "the socket was refused",
}


def name_of(test: str, notes: list[dict]) -> str:
    """Give a failing test's name as words, and its case where one alone fails."""
    cases = [note["test"].partition("[")[2].rstrip("]") for note in notes]
    if len(cases) > 1:
        return f"{plain(test)} (in more than one case)"
    return plain(test) + (f" (in the case {clean(cases[0])})" if cases[0] else "")


def error(step: Step, note: dict) -> Iterator[str]:
    """Say what a failure is and where it came from."""
    kind, text = note["error"], note["text"].strip().partition("\n")[0]
    means = f" ({MEANS[kind]})" if kind in MEANS else ""
    yield f"    {clean(f'{kind}: {text}' if text else kind)}{means}"
    for path, line in _telling(note["places"]):
        yield f"    in {path}, line {line}"
    if top := (note.get("module") or "").partition(".")[0]:
        if top in project.owned(step):
            yield f"    {note['module']} isn't there: is it still to come, or renamed?"
        else:
            yield f"    {top} isn't one of the packages that the tutorial installs"


def plain(test: str) -> str:
    """Give a test's name as words."""
    file, _, name = test.partition("::")
    name = name.partition("[")[0].removeprefix("test_").replace("_", " ")
    return name or f"importing {file}"


def clean(text: str) -> str:
    """Give a text as one line that no terminal takes for a command."""
    printable = "".join(each if each.isprintable() else " " for each in text)
    return printable if len(printable) <= WIDTH else f"{printable[:WIDTH]} …"


def _telling(places: list) -> list:
    """The innermost place in the project's own code, and the one in the test."""
    theirs = [place for place in places if not place[0].startswith("tests/")]
    tests = [place for place in places if place[0].startswith("tests/test_")]
    return [*theirs[:1], *tests[-1:]] or places[:1]

"""What a built page shows: its changes and its generated files, read from the HTML.

This is the contract between the pages and the proof, whatever builds the site:

- an element of class `change` with `data-step`, `data-path`, `data-status` (A, M, D, or
  R with `data-from`) holds one element a line, with `data-op` ("+", "-" or a space),
  `data-old` and `data-new` (from 1, where the line has one), whose text content is
  exactly the line; an empty new file is a `change` without lines;
- an element of class `generated` with `data-step` and `data-path` names a file that the
  command in `data-command` above it makes; elements of class `answer` between the two
  are what to answer to the command, line by line.
"""

from dataclasses import dataclass
from pathlib import Path

from bs4 import BeautifulSoup

from tools.chain.changes import Line


@dataclass(frozen=True)
class Piece:
    """One `change` element."""

    step: str
    path: str
    status: str
    old_path: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Generated:
    """One `generated` element; `first` where it stands before every change."""

    step: str
    path: str
    command: str
    first: bool
    answers: tuple[str, ...] = ()


def read(page: Path) -> tuple[list[Piece], list[Generated]]:
    """Give what the built page shows, in its order.

    Raises KeyError or ValueError where an element lacks what the contract asks for.
    """
    soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
    pieces: list[Piece] = []
    made: list[Generated] = []
    command = ""
    answers: tuple[str, ...] = ()
    for element in soup.select(".change, .generated, .answer, [data-command]"):
        kinds = element.get_attribute_list("class")
        if "data-command" in element.attrs:
            command, answers = str(element["data-command"]), ()
        elif "answer" in kinds:
            answers = (*answers, element.get_text())
        elif "generated" in kinds:
            where = (str(element["data-step"]), str(element["data-path"]))
            made.append(Generated(*where, command, not pieces, answers))
        else:
            pieces.append(_piece(element))
    return pieces, made


def _piece(element) -> Piece:
    path, status = element["data-path"], element["data-status"]
    lines = tuple(_line(line) for line in element.select("[data-op]"))
    for side in ("old", "new"):
        numbers = [getattr(line, side) for line in lines if getattr(line, side)]
        if numbers != sorted(set(numbers)):
            raise ValueError(f"{path}: its lines are in the wrong order")
    return Piece(
        step=element["data-step"],
        path=path,
        status=status,
        old_path=element["data-from"] if status == "R" else path,
        lines=lines,
    )


def _line(element) -> Line:
    op = element["data-op"]
    return Line(
        op=op,
        text=element.get_text(),
        old=int(element["data-old"]) if op != "+" else None,
        new=int(element["data-new"]) if op != "-" else None,
    )

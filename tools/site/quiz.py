"""A question with answers, each of which says at once whether it is right, and why.

A `quiz` fence holds YAML: a `question`, and two to four `answers`, each with its `text` and
what it `says` to those who choose it; one is `right: true`. It is plain HTML: each answer
is the summary of a `details`, so that it works from the disk, by keyboard and without any
script, and of all answers with one `name` the browser keeps a single one open.
"""

from tools.site.fences import fence
from tools.site.inline import inline
from tools.site.page import Page

MOST_ANSWERS = 4
VERDICTS = {True: ("right", "Right"), False: ("wrong", "Not quite")}


@fence
def quiz(page: Page, wanted: dict) -> str:
    """Show a question with its answers; choosing one unfolds what it says."""
    _know(wanted, {"question", "answers"})
    answers = wanted["answers"]
    _require_answers(answers)
    name = f"question-{page.count('quiz')}"
    question = _text(wanted, "question")
    return (
        f'<div class="quiz" role="group" aria-labelledby="{name}" data-search-exclude>'
        f'<p class="question" id="{name}">{question}</p>'
        f"{''.join(_answer(answer, name) for answer in answers)}</div>"
    )


def _require_answers(answers) -> None:
    if not isinstance(answers, list) or not 2 <= len(answers) <= MOST_ANSWERS:
        raise ValueError(f"“answers” needs a list of two to {MOST_ANSWERS} answers")
    for answer in answers:
        if not isinstance(answer, dict):
            raise ValueError(f"an answer needs “text” and “says”, not “{answer}”")
        _know(answer, {"text", "says", "right"})
        if answer.get("right", True) is not True:
            raise ValueError("“right” is true, or left out")
    if (right := sum("right" in answer for answer in answers)) != 1:
        raise ValueError(f"one answer has to be “right: true”, not {right or 'none'}")


def _answer(answer: dict, name: str) -> str:
    kind, verdict = VERDICTS["right" in answer]
    return (
        f'<details class="{kind}" name="{name}">'
        f"<summary>{_text(answer, 'text')}</summary>"
        f'<p class="verdict">{verdict}</p><p>{_text(answer, "says")}</p></details>'
    )


def _know(wanted: dict, keys: set[str]) -> None:
    """Raise ValueError for a key that means nothing: it would be left out in silence."""
    if unknown := set(wanted) - keys:
        raise ValueError(f"“{unknown.pop()}” is none of {sorted(keys)}")


def _text(wanted: dict, key: str) -> str:
    text = wanted[key]
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"“{key}” is {text!r}, not a text: put it into quotes")
    return inline(text)

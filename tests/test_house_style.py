"""The pages keep the house style: what a page lacks is said with its name."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from tools.chain.page_sections import Section, blocks, sections
from tools.chain.steps import ROOT, all_steps, front_matter
from tools.maintainer.new_step import SECTIONS
from tools.site.frames import talks
from tools.site.tables.traps import traps

MOST_WORDS = 1_100
# Words that make a reader who is stuck feel stupid.
BANNED = re.compile(
    r"\b(just|simply|easy|easily|obviously|trivial\w*)\b", re.IGNORECASE
)
STEPS = [step for step in all_steps() if step.meta]
TEXTS = [*sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("*.md"))]
PACKAGES = ("channels", "channels_redis", "daphne", "django", "asgiref", "axes")
# A browser says so, and no file that we could look into.
LEVELS = ("gentle", "moderate", "demanding")
QUIZ = re.compile(r"^```quiz$", re.MULTILINE)
QUIZZES_FIRST = re.compile(r"(?:\s*```quiz\n.*?\n```\n)*", re.DOTALL)
OF_A_BROWSER = {"WebSocket connection to … failed", "no such table: …"}

each_step = pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
each_text = pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)


def words(section: Section) -> int:
    """Count the words of a section that are not folded away."""
    lines = section.prose.split("\n")
    return sum(len(line.split()) for line in lines if not line.startswith("    "))


@each_text
def test_text_does_without_words_that_belittle(path):
    lines = path.read_text("utf-8").split("\n")

    assert [
        f"{n}: {line}" for n, line in enumerate(lines, 1) if BANNED.search(line)
    ] == []


@each_step
def test_page_has_its_sections_in_order(step):
    titles = [section.title for section in sections(step.page) if section.level == 2]

    assert titles == list(SECTIONS)


@each_step
def test_page_keeps_its_budget_of_words(step):
    assert sum(map(words, sections(step.page))) <= MOST_WORDS


@each_step
def test_page_says_what_its_traps_look_like(step):
    assert all(symptom for symptom, _ in traps(step))


@each_step
def test_page_shows_frames_that_its_walk_recorded(step):
    shown = [wanted["file"] for _, wanted in blocks(step.page, ("recorded",))]
    folder = step.page.parent / "recorded" / step.name
    texts = [(folder / name).read_text("utf-8") for name in shown]

    assert any(talks(text) for text in texts), (
        f"docs/{step.page.name} shows no frames: let a walk record them by "
        "recorder.frames, and show the file in a “recorded” block"
    )


@each_step
def test_page_lets_its_reader_predict_once(step):
    prose = "".join(section.prose for section in sections(step.page))

    assert len(re.findall(r'^\?\?\? question ".+"$', prose, re.MULTILINE)) == 1


@each_step
def test_page_begins_its_exercise_with_two_or_three_questions(step):
    text = step.page.read_text("utf-8")
    first = QUIZZES_FIRST.match(text.partition("\n## Exercise\n")[2])[0]

    assert len(QUIZ.findall(first)) in (2, 3)
    assert QUIZ.findall(text) == QUIZ.findall(first)


@each_step
def test_page_says_how_hard_it_is_and_what_it_leaves_out(step):
    assert step.said("hard") in LEVELS
    assert re.fullmatch(r"[A-Z“`].{20,}[.?!]”?", step.said("leaves_out"))


@each_step
def test_page_names_tests_that_are_there(step):
    prose = "".join(section.prose for section in sections(step.page))
    prose += "".join(str(wanted) for _, wanted in blocks(step.page, ("quiz",)))
    tests = "".join(p.read_text("utf-8") for p in step.folder.glob("tests/*.py"))

    named = set(re.findall(r"`(test_\w+)`", prose))
    assert {name for name in named if f"def {name}(" not in tests} == set()


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("docs/*.md")), ids=lambda path: path.name
)
def test_page_has_a_title_and_a_description_for_searches(path):
    meta = front_matter(path.read_text("utf-8"))

    assert meta["title"]
    assert 50 <= len(meta["description"]) <= 160


def sources() -> list[Path]:
    """Give what prints messages: recordings, the last step, and what it stands on."""
    found = [
        *ROOT.glob("docs/recorded/*/*.*t*"),
        *STEPS[-1].folder.glob("**/*.py"),
        *STEPS[-1].folder.glob("**/*.js"),
        *STEPS[-1].folder.glob("**/*.html"),
    ]
    for package in PACKAGES:
        folder = Path(find_spec(package).origin).parent
        found += [path for path in folder.glob("**/*.py") if "/tests/" not in str(path)]
    return found


def test_error_messages_are_those_that_are_printed():
    page = ROOT / "docs/troubleshooting.md"
    titles = {s.title for s in sections(page) if s.level == 3} - OF_A_BROWSER
    texts = [
        re.sub(r'"\s*"', "", path.read_text("utf-8")).replace(
            "%(username)s", "username"
        )
        for path in sources()
    ]

    def is_printed(title: str) -> bool:
        parts = [part.strip() for part in title.split("…") if part.strip()]
        return any(all(part in text for part in parts) for text in texts)

    assert [title for title in titles if not is_printed(title)] == []

"""Recorded frames become a sequence that can be read without any style."""

from bs4 import BeautifulSoup

from tests.helpers.tiny_repository import fence
from tools.site.frames import sequence, talks

FRAMES = """\
Alice
  → {"message":"<hi>"}
  ← {"type": "chat.message", "message": "<hi>"}

Bob
"""
ANSWERS = '→ hello\n← {"type": "error"}\n\n→ {"id": 1}\n← the socket closes\n'


def soup(text: str) -> BeautifulSoup:
    return BeautifulSoup(sequence(talks(text)), "html.parser")


def test_frames_have_who_and_which_way():
    found = talks(FRAMES)

    assert [(talk.who, len(talk.frames)) for talk in found] == [
        ("Alice", 2),
        ("Bob", 0),
    ]
    assert found[0].frames[0] == ("→", '{"message":"<hi>"}')


def test_text_without_frames_is_no_recording_of_them():
    assert talks("Traceback (most recent call last):\n  …\nValueError: no\n") == []
    assert talks("") == []


def test_sequence_says_each_frame_in_words():
    items = [item.get_text() for item in soup(FRAMES).select("li")]

    assert items == [
        'Alice → server {"message":"<hi>"}',
        'server → Alice {"type": "chat.message", "message": "<hi>"}',
    ]


def test_sequence_shows_who_said_nothing():
    assert "(no frame)" in soup(FRAMES).select(".talk")[1].get_text()


def test_answers_are_those_of_a_browser():
    items = [item.get_text() for item in soup(ANSWERS).select("li")]

    assert items == [
        "browser → server hello",
        'server → browser {"type": "error"}',
        'browser → server {"id": 1}',
        "server → browser the socket closes",
    ]
    assert not soup(ANSWERS).select(".who")


def test_recorded_shows_frames_as_a_sequence(repository):
    repository.write("docs/recorded/02_second/frames.txt", FRAMES)

    page = repository.soup(fence("recorded", file="frames.txt", title="Both"))

    assert page.select_one(".wire figcaption").get_text() == "Both"
    assert [p.get_text() for p in page.select(".wire .who")] == ["Alice", "Bob"]

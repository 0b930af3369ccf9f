"""A question says of each answer whether it is right, or stops the build."""

import pytest
from pymdownx.superfences import SuperFencesException

from tests.helpers.tiny_repository import fence

ONE = {"text": "One", "says": "It belongs to `self`, not to <b>."}
TWO = {"text": "Two", "right": True, "says": "Yes. See [step 1](01_first.md#goal)."}
QUESTION = {"question": "How many `<template>`s?", "answers": [ONE, TWO]}


def quiz(**wanted) -> str:
    return fence("quiz", **QUESTION | wanted)


def test_question_is_the_name_of_its_answers(repository):
    group = repository.soup(quiz()).select_one(".quiz[role=group]")

    question = group.select_one(f"#{group['aria-labelledby']}")
    assert question.decode_contents() == "How many <code>&lt;template&gt;</code>s?"
    assert [each.get_text() for each in group.select("details > summary")] == [
        "One",
        "Two",
    ]


def test_answer_unfolds_its_verdict_in_words_and_what_it_says(repository):
    answers = repository.soup(quiz()).select(".quiz details")

    assert [each["class"] for each in answers] == [["wrong"], ["right"]]
    assert [[p.get_text() for p in each.select("p")] for each in answers] == [
        ["Not quite", "It belongs to self, not to <b>."],
        ["Right", "Yes. See step 1."],
    ]
    assert not any(each.has_attr("open") for each in answers)


def test_link_leads_to_the_built_page(repository):
    (link,) = repository.soup(quiz()).select(".quiz a")

    assert link["href"] == "01_first.html#goal"


@pytest.mark.parametrize("text", ["# one", "1. one", "    one", "> one", "- one"])
def test_text_is_one_line_whatever_it_begins_with(repository, text):
    soup = repository.soup(quiz(question=text))

    assert soup.select_one(".question").decode_contents() in (
        text.strip(),
        text.replace(">", "&gt;"),
    )


def test_answers_of_one_question_close_each_other(repository):
    soup = repository.soup(f"{quiz()}\n{quiz()}")

    names = [
        [d["name"] for d in each.select("details")] for each in soup.select(".quiz")
    ]
    assert names == [["question-1"] * 2, ["question-2"] * 2]


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"answers": None}, "a list of two to 4"),
        ({"answers": [TWO]}, "a list of two to 4"),
        ({"answers": [ONE, ONE, ONE, ONE, TWO]}, "a list of two to 4"),
        ({"answers": [ONE, "Two"]}, "an answer needs “text” and “says”, not “Two”"),
        ({"answers": [ONE, ONE]}, "one answer has to be “right: true”, not none"),
        ({"answers": [TWO, TWO]}, "one answer has to be “right: true”, not 2"),
        ({"answers": [ONE | {"right": False}, TWO]}, "“right” is true, or left out"),
        ({"answers": [ONE | {"correct": True}, TWO]}, "“correct” is none of"),
        ({"answers": [ONE, TWO | {"text": True}]}, "“text” is True, not a text"),
        ({"answers": [ONE, {"text": "Two", "right": True}]}, "“says” is missing"),
        ({"question": ""}, "“question” is '', not a text"),
        ({"title": "A question"}, "“title” is none of"),
    ],
)
def test_mistake_stops_the_build_with_page_and_line(repository, wanted, reason):
    with pytest.raises(SuperFencesException) as error:
        repository.soup(f"Text.\n\n{quiz(**wanted)}")

    assert str(error.value).startswith("docs/02_second.md:11: quiz: ")
    assert reason in str(error.value)


def test_question_without_answers_stops_the_build(repository):
    with pytest.raises(SuperFencesException, match="“answers” is missing"):
        repository.soup(fence("quiz", question="How many?"))

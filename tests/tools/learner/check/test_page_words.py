"""What a page says around a block that shows code is found, and printed as plain text."""

import pytest

from tools.chain.page_sections import sections
from tools.chain.steps import all_steps
from tools.learner.check.page_words import ENOUGH, paragraph_with, pieces, quoted

PAGE = """\
## The change

We go on.

First the notes:

```change
path: notes/app.py
in: Notes.add
```

It strips [the text](02_second.md).

And the reader:

```change
path: notes/app.py
in: Reader
```

??? question "What do you think happens?"

    The answer.

```change
path: notes/people.py
```

??? note "The rest"

    It is folded away.

    ```change
    path: notes/new.py
    ```

    A word that
    explains `test_new`.

```generated
command: python manage.py make
paths: [notes/made.py]
```

## Traps

Nothing here.
"""


@pytest.fixture
def page(repository):
    """A page with words around its blocks."""
    repository.write_page("02_second", PAGE)
    return repository.root / "docs/02_second.md"


def test_block_has_the_words_that_lead_to_it_and_those_that_explain_it(page):
    assert [piece.words for piece in pieces(page)] == [
        ("First the notes:", "It strips [the text](02_second.md)."),
        ("And the reader:",),
        (),
        ("It is folded away.", "A word that explains `test_new`."),
        (),
    ]


def test_block_knows_its_section_and_its_files(page):
    found = pieces(page)

    assert {piece.section.title for piece in found} == {"The change"}
    assert [found[0].shows("notes/app.py"), found[-1].shows("notes/made.py")] == [
        True,
        True,
    ]


def test_block_knows_the_lines_that_it_shows(page, repository):
    change = repository.changes()["notes/app.py"]

    assert pieces(page)[0].lines(change) == {"self.notes.append(text.strip())"}
    assert len(pieces(page)[1].lines(change)) == 2


def test_block_that_points_nowhere_shows_nothing(page, repository):
    repository.edit("docs/02_second.md", "in: Reader", "in: Nowhere")

    assert pieces(page)[1].lines(repository.changes()["notes/app.py"]) == set()


def test_paragraph_that_names_a_test_is_found(page):
    section = sections(page)[0]

    assert paragraph_with(section, "test_new") == "A word that explains `test_new`."
    assert paragraph_with(section, "test_newer") == ""


def test_markdown_is_printed_without_its_marks():
    text = "A *very* [good](x.md) `*code*` and **bold** word."

    assert list(quoted([text])) == ["    > A very good `*code*` and bold word."]


def test_long_paragraph_ends_with_a_sentence():
    text = "A sentence of some length, and more of it. " * 20

    printed = " ".join(line.removeprefix("    > ") for line in quoted([text]))

    assert printed.endswith("more of it. …")
    assert len(printed) <= ENOUGH + 2


@pytest.mark.parametrize("step", all_steps(), ids=lambda step: step.name)
def test_each_page_has_words_for_what_it_shows(step):
    assert any(piece.words for piece in pieces(step.page))

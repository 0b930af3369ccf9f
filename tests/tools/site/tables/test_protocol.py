"""The tables of frames are those that the walks recorded, all of them and no others."""

import pytest
from bs4 import BeautifulSoup
from pymdownx.superfences import SuperFencesException

from tests.helpers.tiny_repository import fence

SENT = 'Alice\n  → {"message":"hi"}\n'
HEARD = 'Alice\n  ← {"type": "chat.message", "message": "hi"}\n'
LATER = '  ← {"type": "chat.message", "message": "hi", "user": "alice"}\n'
BAD = '→ {"type": "x"}\n← {"type": "error", "message": "No."}\n\n→ [\n← the socket closes\n'
PAGE = {"no type": "A message."}
SERVER = {"chat.message": "Told to all.", "error": "Refused."}


@pytest.fixture
def tutorial(repository):
    """Two steps with recordings."""
    repository.write("docs/recorded/01_first/frames.txt", SENT + HEARD)
    repository.write("docs/recorded/02_second/frames-more.txt", HEARD + LATER)
    repository.write("docs/recorded/02_second/answers.txt", BAD)
    repository.write("docs/recorded/02_second/broken.txt", '← {"type": "never"}\n')
    return repository


def rows(repository, **wanted) -> list[list[str]]:
    """Give the cells of a page with one table."""
    repository.write("docs/protocol.md", fence("frames", **wanted))
    soup = BeautifulSoup(repository.html("protocol"), "html.parser")
    return [
        [cell.get_text(" ") for cell in row.select("td")] for row in soup.select("tr")
    ][1:]


def test_table_has_first_step_way_purpose_and_fullest_example(tutorial):
    found = rows(tutorial, **{"page sends": PAGE, "server sends": SERVER})

    assert [row[0].split()[-1] for row in found] == ["1", "user", "2"]
    assert "server → page step 1 from step 2  user" in found[1][0]
    assert found[1][1].startswith("Told to all.")
    assert '"alice"' in found[1][1].replace(" ", "")


def test_recorded_frame_that_no_table_lists_stops_the_build(tutorial):
    with pytest.raises(SuperFencesException) as error:
        rows(tutorial, **{"page sends": PAGE, "server sends": {"error": "Refused."}})

    said = "01_first recorded “server → page: chat.message”, and no table lists it"
    assert said in str(error.value)


def test_listed_frame_that_no_walk_recorded_stops_the_build(tutorial):
    more = SERVER | {"user.join": "Somebody came."}

    with pytest.raises(
        SuperFencesException, match=r"user\.join” is listed, and no walk"
    ):
        rows(tutorial, **{"page sends": PAGE, "server sends": more})


def test_tables_of_one_page_share_the_kinds(tutorial):
    one, other = (
        fence("frames", **{"page sends": PAGE}),
        fence("frames", **{"server sends": SERVER}),
    )
    tutorial.write("docs/protocol.md", f"{one}\nText.\n\n{other}")

    assert tutorial.html("protocol").count("<table") == 2

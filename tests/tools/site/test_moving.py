"""A picture that moves has a still, and a switch."""

import io

import pytest
from PIL import Image
from pymdownx.superfences import SuperFencesException

from tests.helpers.tiny_repository import fence

FILM = {"name": "loop", "alt": "Two <windows>", "caption": "It moves."}


@pytest.fixture
def recorded(repository):
    """A film and its still, in both schemes."""
    for scheme in ("light", "dark"):
        for kind in ("png", "webp"):
            data = io.BytesIO()
            Image.new("RGB", (40, 20)).save(data, kind)
            path = f"docs/recorded/02_second/loop-{scheme}.{kind}"
            repository.write(path, data.getvalue())
    return repository


def test_film_gives_way_to_its_still(recorded):
    figure = recorded.soup(fence("moving", **FILM)).select_one("figure.moving")

    for scheme, moves, still in zip(
        ("light", "dark"),
        figure.select("picture.moves"),
        figure.select("picture.still img"),
        strict=True,
    ):
        there = f"recorded/02_second/loop-{scheme}"
        assert moves.img["src"] == f"{there}.webp#only-{scheme}"
        assert moves.source["srcset"] == f"{there}.png"
        assert "reduced-motion" in moves.source["media"]
        assert still["src"] == f"{there}.png#only-{scheme}"
    assert {
        (img["alt"], img["width"], img["height"]) for img in figure.select("img")
    } == {("Two <windows>", "20", "10")}
    assert figure.select_one("label input[type=checkbox]")


@pytest.mark.parametrize("key", [*FILM])
def test_film_without_a_key_stops_the_build(recorded, key):
    wanted = {name: text for name, text in FILM.items() if name != key}

    with pytest.raises(SuperFencesException, match=f"“{key}” is missing"):
        recorded.soup(fence("moving", **wanted))


def test_film_without_a_still_stops_the_build(recorded):
    (recorded.root / "docs/recorded/02_second/loop-dark.png").unlink()

    with pytest.raises(SuperFencesException, match="no recording 02_second/loop-dark"):
        recorded.soup(fence("moving", **FILM))

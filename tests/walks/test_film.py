"""A film that is not what its still says is found."""

import pytest
from PIL import Image

from tests.walks.film import Film, check


@pytest.fixture
def film():
    """Give a film of some colours, in both schemes."""

    def shot(*colours):
        left = iter(colours * 2)
        made = Film({}, lambda people, scheme: Image.new("RGB", (60, 40), next(left)))
        for _ in range(len(colours)):
            made.shoot(50)
        return made

    return shot


def faults(film, tmp_path, end: str) -> str:
    """Save a film in light colours beside a still of one colour; give what is wrong."""
    film.save("light", tmp_path / "film.webp")
    Image.new("RGB", (60, 40), end).save(tmp_path / "film.png")
    try:
        check(tmp_path / "film.webp", tmp_path / "film.png")
    except AssertionError as error:
        return str(error)
    return ""


def test_film_that_ends_like_its_still_passes(film, tmp_path):
    # Each moment is taken in both schemes: light, dark, light, dark.
    assert faults(film("red", "red", "blue", "blue"), tmp_path, "blue") == ""


def test_film_that_ends_otherwise_is_found(film, tmp_path):
    said = faults(film("red", "red", "blue", "blue"), tmp_path, "red")

    assert said.startswith("film.webp: 100.0% of its end differ from film.png")


def test_film_that_does_not_move_is_found(film, tmp_path):
    assert faults(film("red"), tmp_path, "red").startswith("film.webp does not move")


def test_nothing_is_shot_where_nothing_is_recorded():
    film = Film({}, None)
    film.shoot(50)

    assert film.times == []

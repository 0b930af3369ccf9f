"""What the repository's own tests share."""

import os

import pytest

from tests.tiny import Repository
from tutorial.broker import NoBroker, find_server


@pytest.fixture
def repository(tmp_path):
    """A tiny tutorial of two steps, with pages that show all of it."""
    tiny = Repository(tmp_path)
    tiny.fill()
    return tiny


@pytest.fixture
def needs_redis():
    """Tests with a Redis server say how to get one where there is none."""
    try:
        find_server()
    except NoBroker as error:
        pytest.fail(str(error)) if os.environ.get("CI") else pytest.skip(str(error))

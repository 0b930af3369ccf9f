"""What the repository's own tests share."""

import pytest

from tests.tiny import Repository


@pytest.fixture
def repository(tmp_path):
    """A tiny tutorial of two steps, with pages that show all of it."""
    tiny = Repository(tmp_path)
    tiny.fill()
    return tiny

"""What a file of requirements pins is read in every form that pip and uv write."""

import pytest

from tools.chain.requirements import Pin, entries, is_lock

HASHES = [f"sha256:{letter * 64}" for letter in "ab"]
LOCKED = f"""\
# Written by a tool
channels[daphne]==4.3.2 ; python_version >= "3.11" \\
    --hash={HASHES[0]} \\
    --hash={HASHES[1]}
    # via -r requirements.in
"""


def test_entry_has_its_normal_name_its_version_and_all_its_hashes():
    assert entries(LOCKED) == [Pin("channels", "4.3.2", frozenset(HASHES))]
    assert entries("Django_Environ==0.14.0\n") == [Pin("django-environ", "0.14.0")]


@pytest.mark.parametrize(
    "text", ["django>=5.2", "# django==5.2.19", "", "-r other.txt"]
)
def test_line_that_pins_nothing_is_no_entry(text):
    assert entries(text) == []


def test_lock_is_what_has_hashes():
    assert is_lock(LOCKED)
    assert not is_lock("django==5.2.19\n")

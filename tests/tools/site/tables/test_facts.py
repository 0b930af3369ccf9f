"""Facts lead to tests that are there."""

import pytest

from tools.chain.steps import UnknownStep
from tools.site.tables import facts


@pytest.fixture
def root(repository):
    repository.write("steps/02_second/tests/test_notes.py", "def test_note_stays():\n")
    repository.write("tests/load/test_many.py", "async def test_many(servers):\n")
    repository.write("tests/faults/test_locks.py", "async def test_lock(system):\n")
    return repository.root


def test_fact_has_the_command_that_proves_it(root):
    table = facts.table(
        {"It <stays>": "tests 2 test_note_stays", "So do many": "load test_many"}, root
    )

    assert "It &lt;stays&gt;" in table
    assert "uvx nox -s tests -- 2 -k test_note_stays<" in table
    assert "uvx nox -s load -- -k test_many<" in table


def test_fact_may_be_proved_by_a_fault(root):
    table = facts.table({"It heals": "faults test_lock"}, root)

    assert "uvx nox -s faults -- -k test_lock<" in table


@pytest.mark.parametrize(
    ("proof", "error", "reason"),
    [
        ("tests 2 test_note", ValueError, "no test_note in steps/02_second/tests"),
        ("tests 9 test_note_stays", UnknownStep, "no step '9'"),
        ("load test_few", ValueError, "no test_few in tests/load"),
        ("magic test_many", ValueError, "is neither"),
        ("tests test_note_stays", ValueError, "is neither"),
    ],
)
def test_fact_without_a_proof_is_refused(root, proof, error, reason):
    with pytest.raises(error, match=reason):
        facts.table({"It holds": proof}, root)

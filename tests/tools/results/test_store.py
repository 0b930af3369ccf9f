"""A result counts under the hash that it was kept under, and under no other."""

import pytest

from tools.results.fingerprint import fingerprint, forget_contents
from tools.results.store import Result, Store, unchanged


@pytest.fixture
def store(tmp_path):
    return Store("tests", tmp_path)


def test_result_is_given_back_under_its_own_key(store):
    store.keep("21_live on PostgreSQL", Result("key", 492, wall=20.0, cpu=35.0))

    found = store.get("21_live on PostgreSQL", "key")

    assert (found.count, found.wall, found.cpu) == (492, 20.0, 35.0)
    assert found.when.endswith(" UTC")
    assert store.get("21_live on PostgreSQL", "another key") is None
    assert store.get("21_live", "key") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": "key"}', '{"a": 1}', "\0"])
def test_file_that_is_no_result_counts_for_nothing(store, tmp_path, text):
    store.keep("one", Result("key", 1))
    (tmp_path / "tests/one.json").write_text(text, "utf-8")

    assert store.get("one", "key") is None


def test_kept_results_are_said_with_their_date():
    kept = [Result("a", 2, when="2026-11-25 10:00 UTC")]
    kept.append(Result("b", 3, when="2026-11-24 09:00 UTC"))

    assert unchanged(kept, "suites") == (
        "2 suites with 5 tests passed on 2026-11-24 09:00 UTC or later. Nothing that "
        "they depend on has changed since, so they don't run again (to run them: --all)"
    )


@pytest.fixture
def key(repository):
    def key(*inputs, facts=()):
        forget_contents()
        return fingerprint(repository.root, inputs or ("steps/01_first",), *facts)

    return key


@pytest.mark.parametrize(
    ("path", "differs"),
    [
        ("steps/01_first/notes/app.py", True),
        ("steps/01_first/notes/added.py", True),
        ("steps/02_second/notes/app.py", False),
        ("steps/01_first_of_all/app.py", False),
        ("steps/01_first/db.sqlite3", False),  # git ignores it
        ("requirements.txt", True),
        ("noxfile.py", True),
        ("tools/results/store.py", True),
        ("docs/01_first.md", False),
    ],
)
def test_hash_changes_with_what_a_result_depends_on(repository, key, path, differs):
    before = key()

    repository.write(path, "changed\n")

    assert (key() != before) is differs


def test_hash_of_everything_changes_with_any_file(repository, key):
    before = key("")

    repository.write("docs/01_first.md", "changed\n")

    assert key("") != before


def test_hash_changes_with_a_file_that_goes_or_gets_another_name(repository, key):
    before = key()
    file = repository.root / "steps/01_first/notes/unused.py"

    file.rename(file.with_name("used.py"))

    assert key() != before


def test_hash_changes_with_the_database(key):
    assert key(facts=["SQLite"]) != key(facts=["PostgreSQL"])


@pytest.mark.parametrize("what", ["programs", "packages"])
def test_hash_changes_with_what_is_there(key, monkeypatch, what):
    before = key()

    monkeypatch.setattr(f"tools.results.fingerprint.{what}", lambda: "none")

    assert key() != before

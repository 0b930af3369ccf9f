"""The chain knows the steps, their files and their pages."""

import pytest

from tools.chain.steps import (
    UnknownStep,
    all_steps,
    find_step,
    front_matter,
    git,
    step_files,
    step_pairs,
)


def test_steps_are_in_the_order_of_their_numbers(repository):
    repository.write("steps/10_last/manage.py", "")
    repository.write("steps/00_zero/manage.py", "")

    names = [step.name for step in all_steps(repository.root)]

    assert names == ["00_zero", "01_first", "02_second", "10_last"]


def test_steps_leave_out_what_is_no_project(repository):
    repository.write("steps/03_notes/README.md", "")
    repository.write("steps/drafts/manage.py", "")

    assert [step.number for step in all_steps(repository.root)] == [1, 2]


def test_pairs_start_with_nothing_before_the_first_step(repository):
    first, second = all_steps(repository.root)

    assert step_pairs(repository.root) == [(None, first), (first, second)]


@pytest.mark.parametrize("wanted", ["2", "02", "002", "second", "02_second"])
def test_find_takes_number_or_name(repository, wanted):
    assert find_step(wanted, repository.root).name == "02_second"


@pytest.mark.parametrize("wanted", ["99", "0", "", "sec", "02_first", "-1", "2.0"])
def test_find_of_an_unknown_step_lists_the_steps(repository, wanted):
    with pytest.raises(UnknownStep) as error:
        find_step(wanted, repository.root)

    assert f"no step {wanted!r}" in str(error.value)
    assert "   1  01_first\n   2  02_second" in str(error.value)


@pytest.mark.parametrize(
    "junk", ["__pycache__/app.pyc", "notes/__pycache__/app.pyc", "db.sqlite3"]
)
def test_files_leave_out_what_git_ignores(repository, junk):
    step = find_step("1", repository.root)
    files = step_files(step.folder)

    repository.write(f"steps/01_first/{junk}", "junk")

    assert step_files(step.folder) == files


def test_files_hold_a_new_file_that_git_does_not_track(repository):
    step = find_step("1", repository.root)

    repository.write("steps/01_first/notes/a café.py", "")

    assert "notes/a café.py" in step_files(step.folder)


def test_files_leave_out_a_tracked_file_that_is_deleted(repository):
    step = find_step("1", repository.root)
    git("add", ".", cwd=repository.root)

    (step.folder / "notes/app.py").unlink()

    assert "notes/app.py" not in step_files(step.folder)


def test_front_matter_gives_title_and_facts(repository):
    step = find_step("1", repository.root)

    assert step.title == "First"
    assert step.meta["minutes"] == 5


def test_front_matter_of_a_page_without_one_is_empty():
    assert front_matter("# A page\n\n---\n\nIts end.\n") == {}


def test_title_without_a_page_is_the_name(repository):
    repository.write("steps/03_third/manage.py", "")

    assert find_step("3", repository.root).title == "03_third"


def test_steps_of_this_repository_are_numbered_from_one_without_a_gap():
    numbers = [step.number for step in all_steps()]

    assert numbers == list(range(1, len(numbers) + 1))

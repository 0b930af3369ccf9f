"""A report begins with the simplest thing that fails, and helps by degrees."""

import pytest

from tools.chain.steps import all_steps, find_step
from tools.learner import project
from tools.learner.check.report import LISTED, Report
from tools.learner.check.suite_run import SuiteRun

STEP = find_step("history")
REFUSED = "tests/test_frames.py::test_text_that_is_no_object_is_refused"
REACHES = "tests/test_consumers.py::test_message_reaches_every_tab_with_its_author"
BROADCAST = '        self.send_to_group(group, "chat.message", id=message.pk, **data)\n'


@pytest.fixture
def mine(tmp_path):
    """Step 5 in a folder of the learner's own, without its broadcast."""
    project.copy(STEP.folder, project.files_of(STEP), tmp_path)
    path = tmp_path / "chat/consumers.py"
    path.write_text(path.read_text("utf-8").replace(BROADCAST, ""), "utf-8")
    return tmp_path


def failed(test: str, **facts) -> dict:
    place = ["chat/consumers.py", 1]
    facts = {"error": "TimeoutError", "text": "", "places": [place], **facts}
    return {"kind": "failed", "test": test, **facts}


def words(folder, notes, **options) -> str:
    count = {"kind": "collected", "count": 88}
    end = {"kind": "finished", "code": 1}
    return str(Report(STEP, folder, SuiteRun([count, *notes, end]), **options))


def first(report: str) -> str:
    return next(line for line in report.split("\n") if line.startswith("- "))


def test_simplest_test_comes_first(mine):
    notes = [failed(f"{REFUSED}[text1]"), failed(f"{REFUSED}[text2]"), failed(REACHES)]

    report = words(mine, notes)

    assert first(report) == "- message reaches every tab with its author"
    assert "- text that is no object is refused (in more than one case)" in report


def test_file_that_cannot_be_imported_comes_before_any_test(mine):
    note = failed("tests/test_history.py") | {"kind": "unread"}

    assert first(words(mine, [failed(REACHES), note])) == (
        "- importing tests/test_history.py"
    )


def test_hint_names_file_place_and_page_and_quotes_it(mine):
    report = words(mine, [failed(REACHES)])

    assert "Have a look at chat/consumers.py: ChatConsumer.receive_json." in report
    assert "\n  The page says:\n    > " in report
    assert f"read docs/{STEP.page.name}, section " in report
    assert f"({STEP.name}.html#" in report


def test_hint_does_not_give_the_answer_away(mine):
    assert BROADCAST.strip() not in words(mine, [failed(REACHES)])


def test_answer_shows_the_steps_lines_of_that_file_alone(mine):
    (mine / "chat/admin.py").unlink()

    report = words(mine, [failed(REACHES)], answer=True)

    assert f"\n+{BROADCAST}" in report
    assert "chat/admin.py" not in report
    assert f"nox -s diff -- {STEP.number} {mine}" in report


def test_other_failures_are_named_and_explained_on_demand(mine):
    notes = [failed(REACHES), failed(REFUSED)]

    short, long = words(mine, notes), words(mine, notes, everything=True)

    assert short.count("TimeoutError") == 1
    assert "--all" in short
    assert long.count("TimeoutError") == 2
    assert "--all" not in long


def test_long_list_of_failures_is_cut(mine):
    notes = [failed(f"tests/test_consumers.py::test_{n}") for n in range(LISTED + 3)]

    assert "\n- and 2 more\n" in words(mine, notes)


def test_case_that_fails_alone_is_named(mine):
    assert "is refused (in the case text1)" in words(
        mine, [failed(f"{REFUSED}[text1]")]
    )


def test_tests_that_were_left_out_are_counted(mine):
    untried = {"kind": "untried", "test": f"{REFUSED}[text3]", "reason": "not tried"}
    passed = {"kind": "passed", "test": REACHES}

    report = words(mine, [failed(REFUSED), untried, passed])

    assert report.startswith("1 of 88 tests pass so far.")
    assert "1 test begins like those that fail" in report
    assert "85 tests were not run" in report


def test_failure_in_a_project_like_the_step_says_so(tmp_path):
    project.copy(STEP.folder, project.files_of(STEP), tmp_path)

    report = words(tmp_path, [failed(REACHES)])

    assert "All your files are the same as the step's" in report
    assert "--answer" not in report


def test_mistake_in_a_line_of_an_earlier_step_leads_to_its_page(mine):
    path = mine / "core/asgi.py"
    text = path.read_text("utf-8")
    path.write_text(text.replace("SameOriginValidator(", "("), "utf-8")

    report = words(mine, [failed(REACHES, places=[["core/asgi.py", 1]])])

    assert "Have a look at core/asgi.py" in report
    assert f"docs/{find_step('login').page.name}" in report


def done(step, folder) -> str:
    project.copy(step.folder, project.files_of(step), folder)
    notes = [{"kind": "passed", "test": "x"}, {"kind": "finished", "code": 0}]
    return str(Report(step, folder, SuiteRun(notes)))


def test_step_that_is_done_says_what_comes_next(tmp_path):
    after = find_step("presence")

    report = done(STEP, tmp_path)

    assert f"Next is step {after.number}, {after.title}." in report
    assert f"Its one idea: {after.meta['idea']}" in report
    assert f"read docs/{after.page.name} ({after.name}.html on the site)" in report


def test_last_step_that_is_done_is_the_end(tmp_path):
    assert "That was the last step." in done(all_steps()[-1], tmp_path)

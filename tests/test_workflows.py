"""The workflows pin what they use, may do little, and run commands that are there."""

import re

import pytest
import yaml

from tools.chain.steps import ROOT
from tools.maintainer.matrix import PYTHONS

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAY_WRITE = {("site.yml", "publish"): {"pages": "write", "id-token": "write"}}


def jobs() -> list:
    """Give each job of each workflow, by the file it stands in and its name."""
    return [
        pytest.param(path.name, name, job, id=f"{path.stem}-{name}")
        for path in FILES
        for name, job in yaml.safe_load(path.read_text("utf-8"))["jobs"].items()
    ]


@pytest.mark.parametrize(("file", "name", "job"), jobs())
def test_job_uses_pinned_actions_with_their_versions(file, name, job):
    text = (ROOT / ".github/workflows" / file).read_text("utf-8")

    for step in job["steps"]:
        if used := step.get("uses"):
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", used)
            assert re.search(rf"{used} # v\d+\.\d+\.\d+\n", text)


@pytest.mark.parametrize(("file", "name", "job"), jobs())
def test_job_has_an_end_and_may_write_what_it_must(file, name, job):
    assert job["timeout-minutes"] <= 60
    assert job.get("permissions", {}) == MAY_WRITE.get((file, name), {})


@pytest.mark.parametrize(("file", "name", "job"), jobs())
def test_job_puts_no_expression_into_a_shell(file, name, job):
    assert not [step for step in job["steps"] if "${{" in step.get("run", "")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_workflow_may_only_read_unless_a_job_says_more(path):
    workflow = yaml.safe_load(path.read_text("utf-8"))

    assert workflow["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_workflow_runs_sessions_that_are_there(path):
    sessions = re.findall(
        r"^def (\w+)\(", (ROOT / "noxfile.py").read_text("utf-8"), re.MULTILINE
    )

    for name in re.findall(r"nox -s (\w+)", path.read_text("utf-8")):
        assert name in sessions


SYSTEMS = {"windows-2025", "macos-15"}


def job_on_each_system(name: str) -> list[dict]:
    """Give the steps of a job of the matrix, which has to run on Windows and macOS."""
    text = (ROOT / ".github/workflows/matrix.yml").read_text("utf-8")
    job = yaml.safe_load(text)["jobs"][name]
    matrix = job["strategy"]["matrix"]
    assert {
        *matrix["os"],
        *(each["os"] for each in matrix.get("include", [])),
    } >= SYSTEMS
    return job["steps"]


@pytest.mark.parametrize(
    ("job", "command"),
    [
        ("matrix", "nox -s matrix -- "),
        ("learners", "nox -s start -- "),
        ("learners", "nox -s check -- "),
        ("learners", "nox -s diff -- "),
        ("learners", "nox -s rescue -- "),
        ("learners", "python -m tests.helpers.ten_seconds nox -s run -- 1 "),
        ("learners", "nox -s chain -- tests/tools/learner "),
    ],
)
def test_windows_and_macos_run_what_people_type(job, command):
    assert [s for s in job_on_each_system(job) if s.get("run", "").startswith(command)]


def test_powershell_gets_one_command_at_a_time():
    """Its exit code is that of the last one, and a failure before it would look green."""
    runs = [step for step in job_on_each_system("learners") if "run" in step]

    assert not [s for s in runs if "\n" in s["run"] or "shell" in s or ";" in s["run"]]


def test_tests_that_the_workflows_name_are_there():
    for path in FILES:
        for name in re.findall(r"\btests[/.][\w/.]+", path.read_text("utf-8")):
            place = name if "/" in name else f"{name.replace('.', '/')}.py"
            assert (ROOT / place).exists(), f"{path.name}: {name}"


def test_scheduled_workflow_has_all_pythons_of_the_matrix():
    text = (ROOT / ".github/workflows/matrix.yml").read_text("utf-8")
    workflow = yaml.safe_load(text)

    assert workflow[True]["schedule"]  # YAML reads “on” as true
    assert tuple(workflow["jobs"]["matrix"]["strategy"]["matrix"]["python"]) == PYTHONS

"""A new step is inserted, and all that speaks of the later ones follows."""

import shutil

import pytest

from tools.chain.git import git
from tools.chain.steps import ROOT, all_steps, front_matter, step_files
from tools.maintainer import new_step, renumber

WHO = ("-c", "user.name=n", "-c", "user.email=n@example.com")
README = "# Steps\n\n<!-- steps: written -->\n<!-- /steps -->\n"


@pytest.fixture
def tiny(repository):
    """A committed tutorial with what is named after its steps."""
    repository.write("README.md", README)
    repository.write(
        "docs/recorded/02_second/run.txt", "http://127.0.0.1:8002/ 02_second"
    )
    repository.write("docs/recorded/02_second/a.png", b"\x89PNG\xff 02_second")
    repository.write("tests/walks/test_02_second.py", 'serve("02_second")\n')
    repository.write("docs/index.md", "[Step 2](02_second.md), not step 1\n")
    git("add", "--all", cwd=repository.root)
    git(*WHO, "commit", "--quiet", "-m", "All", cwd=repository.root)
    return repository


def names(tiny) -> list[str]:
    return [step.name for step in all_steps(tiny.root)]


def status(tiny) -> str:
    return git("status", "--porcelain", cwd=tiny.root)


def content(folder) -> dict:
    return {path: (folder / path).read_bytes() for path in step_files(folder)}


def test_new_step_is_a_copy_and_the_later_ones_move(tiny):
    first, second = (content(step.folder) for step in all_steps(tiny.root))

    assert new_step.main(["2", "between"], tiny.root) == 0

    assert names(tiny) == ["01_first", "02_between", "03_second"]
    assert [content(step.folder) for step in all_steps(tiny.root)] == [
        first,
        first,
        second,
    ]


def test_new_last_step_moves_nothing(tiny):
    assert new_step.main(["3", "third"], tiny.root) == 0

    assert names(tiny) == ["01_first", "02_second", "03_third"]
    assert (tiny.root / "docs/index.md").read_text() == (
        "[Step 2](02_second.md), not step 1\n"
    )


def test_pages_recordings_walks_and_links_follow(tiny):
    new_step.main(["2", "between"], tiny.root)

    def read(path):
        return (tiny.root / path).read_text("utf-8")

    assert read("docs/recorded/03_second/run.txt") == "http://127.0.0.1:8003/ 03_second"
    assert read("tests/walks/test_03_second.py") == 'serve("03_second")\n'
    assert read("docs/index.md") == "[Step 3](03_second.md), not step 1\n"
    assert "[3. Second](docs/03_second.md)" in read("README.md")
    picture = tiny.root / "docs/recorded/03_second/a.png"
    assert picture.read_bytes() == b"\x89PNG\xff 02_second"
    assert not (tiny.root / "docs/02_second.md").exists()
    assert 'printed_by_run("2")' in read("tests/walks/test_02_between.py")


def test_junk_of_a_step_moves_with_it(tiny):
    tiny.write("steps/02_second/db.sqlite3", "mine")

    new_step.main(["2", "between"], tiny.root)

    assert (tiny.root / "steps/03_second/db.sqlite3").read_text() == "mine"
    assert not (tiny.root / "steps/02_second").exists()


def test_site_of_the_new_chain_is_right(tiny):
    new_step.main(["2", "between"], tiny.root)
    git("add", "--all", cwd=tiny.root)

    tiny.build()

    assert tiny.faults() == []


def test_new_page_has_the_front_matter_and_the_sections(tiny):
    new_step.main(["2", "big_rooms"], tiny.root)

    page = (tiny.root / "docs/02_big_rooms.md").read_text("utf-8")
    meta = front_matter(page)

    assert meta["title"] == "Big rooms"
    assert meta["part"] == "I"
    assert {"description", "minutes", "idea", "shows", "notes"} <= meta.keys()
    assert page.count("\n## ") == 9
    assert "uvx nox -s run -- 2\n" in page


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("steps 8 and 9", "steps 8 and 10"),
        ("Steps 8 to 11 and step\n  9", "Steps 8 to 12 and step\n  10"),
        ("steps 1, 9 and 10", "steps 1, 10 and 11"),
        ("from step 09 on", "from step 10 on"),
        ("[Step 9](09_apples.md)", "[Step 10](10_apples.md)"),
        ("test_09_apples.py", "test_10_apples.py"),
        ("uvx nox -s run -- 9 --port 9000", "uvx nox -s run -- 10 --port 9000"),
        ("nox -s manage -- 9 say 9", "nox -s manage -- 10 say 9"),
        ("nox -s diff -- 8 9", "nox -s diff -- 8 10"),
        ("It holds: tests 9 test_it", "It holds: tests 10 test_it"),
        (
            "| Most | Since step |\n| --- | --- |\n| 9 | 9 |\n| 100 | 8 |\n\n| 9 |",
            "| Most | Since step |\n| --- | --- |\n| 9 | 10 |\n| 100 | 8 |\n\n| 9 |",
        ),
        (
            "| Step | Most |\n| --- | --- |\n| 9 | 9 |\n| 10 | 9 |\n",
            "| Step | Most |\n| --- | --- |\n| 10 | 9 |\n| 11 | 9 |\n",
        ),
        ("9 people in step 8, 99 steps", "9 people in step 8, 99 steps"),
        ("footsteps, stepping 9 times", "footsteps, stepping 9 times"),
        ("http://127.0.0.1:8009/", "http://127.0.0.1:8009/"),
        ("109_apples 09_apples_more", "109_apples 09_apples_more"),
    ],
)
def test_text_is_renumbered(text, result):
    names = {"09_apples": "10_apples", "10_pears": "11_pears"}

    assert renumber.renumbered(text, names, 9, "docs/08_outside.md") == result


def test_number_in_a_test_of_a_tool_is_its_own():
    names = {"02_apples": "03_apples"}

    text = renumber.renumbered("step 2 of 02_apples", names, 2, "tests/test_tool.py")

    assert text == "step 2 of 03_apples"


def test_real_chain_follows(tmp_path):
    """Each step of the repository itself, but for the first, can move on."""
    junk = shutil.ignore_patterns("__pycache__", ".nox", ".git", "site", ".*_cache")
    shutil.copytree(ROOT, tmp_path / "clone", ignore=junk)
    root = tmp_path / "clone"
    git("init", "--quiet", cwd=root)
    git("add", "--all", cwd=root)
    git(*WHO, "commit", "--quiet", "-m", "All", cwd=root)
    old = [step.name for step in all_steps()]

    assert new_step.main(["2", "between"], root) == 0

    moved = {name: f"{n:02}{name[2:]}" for n, name in enumerate(old[1:], 3)}
    assert [s.name for s in all_steps(root)] == [
        old[0],
        "02_between",
        *moved.values(),
    ]
    texts = [root / path for path in step_files(root) if not path.startswith("steps/")]
    for text in (path.read_bytes() for path in texts if path.suffix != ".png"):
        assert not [name for name in moved if name.encode() in text]


@pytest.mark.parametrize(
    "slug", ["", "Tasks", "a-b", "../x", "a b", "9a", "_a", "a__b"]
)
def test_bad_slug_is_refused(tiny, capsys, slug):
    assert new_step.main(["2", slug], tiny.root) == 2
    assert f"{slug!r} is not a name for a step" in capsys.readouterr().err
    assert status(tiny) == ""


@pytest.mark.parametrize("number", ["-1", "0", "1", "4", "99"])
def test_number_out_of_range_is_refused(tiny, capsys, number):
    assert new_step.main([number, "between"], tiny.root) == 2
    assert "a number from 2 to 3" in capsys.readouterr().err
    assert status(tiny) == ""


@pytest.mark.parametrize("args", [["two", "a"], ["2"], ["2", "a", "b"]])
def test_wrong_arguments_end_with_the_usage(args):
    with pytest.raises(SystemExit) as stop:
        new_step.main(args)

    assert stop.value.code == 2


def test_name_of_another_step_is_refused(tiny, capsys):
    assert new_step.main(["2", "second"], tiny.root) == 2
    assert "already is a step 'second'" in capsys.readouterr().err


@pytest.mark.parametrize("path", ["docs/index.md", "docs/a draft.md"])
def test_uncommitted_work_is_refused(tiny, capsys, path):
    tiny.write(path, "mine")

    assert new_step.main(["2", "between"], tiny.root) == 2

    assert "Commit these changes first" in capsys.readouterr().err
    assert (tiny.root / path).read_text() == "mine"
    assert names(tiny) == ["01_first", "02_second"]


def test_new_that_is_interrupted_puts_all_back(tiny, monkeypatch):
    before = content(tiny.root)

    def stop(root):
        raise KeyboardInterrupt

    monkeypatch.setattr(new_step.readme_and_nav, "fix", stop)
    with pytest.raises(KeyboardInterrupt):
        new_step.main(["2", "between"], tiny.root)

    assert content(tiny.root) == before
    assert names(tiny) == ["01_first", "02_second"]

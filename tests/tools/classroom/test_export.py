"""The exported repository holds each step as a commit, the same every time."""

import os
import stat

import pytest

from tools.chain.git import git, git_bytes
from tools.chain.steps import ROOT, all_steps, step_files
from tools.classroom import export


@pytest.fixture
def exported(repository, tmp_path_factory):
    """Export the tiny tutorial into a folder whose name is no easy one."""
    target = tmp_path_factory.mktemp("target") / "my class ü"
    assert export.main([str(target)], repository.root) == 0
    return target


def refs(folder) -> str:
    return git("for-each-ref", "--format=%(refname) %(objectname)", cwd=folder)


def again(repository, tmp_path_factory) -> str:
    """Export once more and give what its refs are."""
    target = tmp_path_factory.mktemp("again")
    assert export.main([str(target)], repository.root) == 0
    return refs(target)


def assert_has_the_steps(folder, root) -> None:
    for step in all_steps(root):
        ref = f"step/{step.name.replace('_', '-')}"
        listed = git("ls-tree", "-r", "-z", "--name-only", ref, cwd=folder)
        assert sorted(listed.split("\0")[:-1]) == step_files(step.folder)
        for path in step_files(step.folder):
            held = git_bytes("cat-file", "blob", f"{ref}:{path}", cwd=folder)
            assert held == (step.folder / path).read_bytes()


def test_each_commit_has_the_tree_of_its_step(exported, repository):
    assert_has_the_steps(exported, repository.root)


def test_each_commit_of_the_real_steps_has_their_trees(tmp_path):
    assert export.main([str(tmp_path)]) == 0

    assert_has_the_steps(tmp_path, ROOT)
    count = git("rev-list", "--count", "main", cwd=tmp_path)
    assert int(count) == len(all_steps())


def test_repository_is_at_the_last_step_and_clean(exported, repository):
    last = all_steps(repository.root)[-1]

    assert git("status", "--porcelain", cwd=exported) == ""
    assert git("branch", "--show-current", cwd=exported) == "main\n"
    assert (exported / "notes/people.py").read_bytes() == (
        last.folder / "notes/people.py"
    ).read_bytes()
    git("fsck", "--strict", cwd=exported)


def test_each_step_has_a_branch_and_a_tag_on_one_line_of_commits(exported):
    names = [line.split()[0] for line in refs(exported).splitlines()]

    assert names == [
        "refs/heads/01-first",
        "refs/heads/02-second",
        "refs/heads/main",
        "refs/tags/step/01-first",
        "refs/tags/step/02-second",
    ]
    parent = git("rev-parse", "step/02-second^", cwd=exported)
    assert parent == git("rev-parse", "01-first", cwd=exported)


def test_message_is_that_of_the_page(exported):
    message = git("log", "-1", "--format=%B", "02-second", cwd=exported)

    assert message.strip() == "Step 2: Second\n\nOne.\n\nYou see: A note."


def test_export_can_be_pushed(exported, tmp_path):
    host = tmp_path / "host.git"
    git("init", "--quiet", "--bare", host, cwd=tmp_path)

    git("push", "--quiet", host, "--all", cwd=exported)
    git("push", "--quiet", host, "--tags", cwd=exported)

    assert refs(host) == refs(exported)


def test_same_steps_give_the_same_hashes(
    exported, repository, tmp_path_factory, monkeypatch
):
    before = refs(exported)
    git("config", "user.name", "Somebody", cwd=repository.root)
    git("config", "core.autocrlf", "true", cwd=repository.root)
    git("config", "i18n.commitEncoding", "ISO-8859-1", cwd=repository.root)
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    for path in step_files(repository.root):
        (repository.root / path).chmod(stat.S_IRUSR | stat.S_IWUSR)

    assert again(repository, tmp_path_factory) == before


def test_another_step_gives_other_hashes(exported, repository, tmp_path_factory):
    before = refs(exported)
    repository.write("steps/01_first/notes/app.py", "changed = 1\n")

    assert again(repository, tmp_path_factory) != before


def test_ignored_files_are_not_exported(repository, tmp_path_factory):
    target = tmp_path_factory.mktemp("target")
    repository.write("steps/02_second/db.sqlite3", "secret")

    export.main([str(target)], repository.root)

    assert not (target / "db.sqlite3").exists()


def test_export_leaves_the_tutorial_as_it_was(exported, repository):
    assert refs(repository.root) == ""
    assert git("ls-files", "--cached", cwd=repository.root) == ""


def test_hook_of_the_clone_has_no_say(repository, tmp_path_factory):
    hook = repository.write(".git/hooks/pre-push", "#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)

    assert again(repository, tmp_path_factory)


def test_folder_is_seen_from_where_the_person_stands(repository, tmp_path_factory):
    place = tmp_path_factory.mktemp("place")

    assert export.main(["--from", str(place), "out"], repository.root) == 0

    assert (place / "out/.git").is_dir()


def test_home_is_known(repository, tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp("home")
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))

    assert export.main(["~/out"], repository.root) == 0

    assert (home / "out/.git").is_dir()


def test_second_export_into_the_same_folder_is_refused(exported, repository, capsys):
    before = refs(exported)

    assert export.main([str(exported)], repository.root) == 2

    assert "isn't empty. Choose a new folder." in capsys.readouterr().err
    assert refs(exported) == before


def test_file_is_refused(repository, tmp_path_factory, capsys):
    file = tmp_path_factory.mktemp("target") / "file"
    file.write_text("mine")

    assert export.main([str(file)], repository.root) == 2

    assert "is a file" in capsys.readouterr().err
    assert file.read_text() == "mine"


@pytest.mark.parametrize("folder", ["", ".", "out", "steps/03_third"])
def test_folder_in_the_tutorial_is_refused(repository, capsys, folder):
    start = str(repository.root)

    assert export.main(["--from", start, folder], repository.root) == 2

    assert "is inside this repository" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="not everybody may make links there")
def test_link_into_the_tutorial_is_refused(repository, tmp_path_factory):
    link = tmp_path_factory.mktemp("target") / "link"
    link.symlink_to(repository.root)

    assert export.main([str(link / "out")], repository.root) == 2


def test_export_that_fails_leaves_the_folder_empty(
    repository, tmp_path_factory, monkeypatch
):
    target = tmp_path_factory.mktemp("target")

    def stop(root):
        raise KeyboardInterrupt

    monkeypatch.setattr(export, "commits", stop)
    with pytest.raises(KeyboardInterrupt):
        export.main([str(target)], repository.root)

    assert not list(target.iterdir())

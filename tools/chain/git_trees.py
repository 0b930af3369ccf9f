"""The step folders as git's trees, and trees as step folders.

All is done in an index of our own: what somebody has staged stays as it is.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.chain.git import GitError, git

# Whoever asks git for a commit has to be somebody; the same one everywhere.
NOBODY = "The tutorial <tutorial@example.com>"


class UnknownRevision(LookupError):
    """Somebody named a revision that is not there; the message says which."""


class OldGit(RuntimeError):
    """This git cannot do what is needed; the message says which git can."""


def require_git(major: int, minor: int) -> None:
    """Raise OldGit where git is older than this version, GitError where there is none."""
    here = git("version", cwd=Path.cwd()).split()[2]
    if tuple(int(part) for part in here.split(".")[:2]) < (major, minor):
        raise OldGit(
            f"This needs git {major}.{minor} or newer, and you have {here}.\n"
            "You can get a newer one from https://git-scm.com/downloads"
        )


def commit_of(revision: str, root: Path) -> str:
    """Give the hash of the commit that `revision` names; raises UnknownRevision."""
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options")
    try:
        return git(*asked, f"{revision}^{{commit}}", cwd=root).strip()
    except GitError:
        raise UnknownRevision(
            f"There is no revision {revision!r} here. Give a branch, a tag or a hash."
        ) from None


def part(tree: str, path: str, root: Path) -> str | None:
    """Give the tree at a path of a tree or commit, None where there is none."""
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options")
    found = git(*asked, f"{tree}:{path}", cwd=root, accept=(0, 1, 128)).strip()
    return found or None


def require_part(tree: str, path: str, root: Path) -> str:
    """Give the tree at a path of a tree or commit; raises GitError where there is none."""
    found = part(tree, path, root)
    if found is None:
        raise GitError(f"Git finds no files of {path} in {tree}.")
    return found


def snapshot(root: Path) -> str:
    """Give a tree of the repository with the steps as their folders are now.

    Raises GitError, also in the middle of a merge.
    """
    with _index() as (index, variables):
        real = root / git("rev-parse", "--git-path", "index", cwd=root).strip()
        if real.exists():
            # With its times: git compares them with those of the files.
            shutil.copy2(real, index)
        if git("ls-files", "--unmerged", cwd=root, variables=variables):
            raise GitError("You are in the middle of a merge. Finish it first.")
        git("add", "--all", "--", "steps", cwd=root, variables=variables)
        return git("write-tree", cwd=root, variables=variables).strip()


def with_parts(tree: str, parts: dict[str, str], root: Path) -> str:
    """Give the tree with the trees `parts` at their paths instead of what is there."""
    with _index() as (_, variables):
        git("read-tree", tree, cwd=root, variables=variables)
        for path, new in parts.items():
            remove = ("rm", "-r", "--cached", "--quiet", "--ignore-unmatch")
            git(*remove, "--", path, cwd=root, variables=variables)
            git("read-tree", f"--prefix={path}/", new, cwd=root, variables=variables)
        return git("write-tree", cwd=root, variables=variables).strip()


def with_blobs(tree: str, blobs: dict[str, tuple[str, str]], root: Path) -> str:
    """Give the tree with other blobs, by path: mode and hash."""
    lines = [f"{mode} {blob}\t{path}\0" for path, (mode, blob) in blobs.items()]
    with _index() as (_, variables):
        git("read-tree", tree, cwd=root, variables=variables)
        update = ("update-index", "-z", "--index-info")
        git(*update, cwd=root, variables=variables, stdin="".join(lines).encode())
        return git("write-tree", cwd=root, variables=variables).strip()


def write(old: str, new: str, root: Path) -> None:
    """Change the folders from one tree to another, as git changes branches.

    Raises GitError, and changes nothing, where a file is not as it is in `old`.
    """
    with _index() as (_, variables):
        git("read-tree", old, cwd=root, variables=variables)
        refresh = ("update-index", "-q", "--refresh")
        git(*refresh, cwd=root, variables=variables, accept=(0, 1))
        git("read-tree", "-m", "-u", old, new, cwd=root, variables=variables)


def commit(tree: str, parents: list[str], message: str, date: str, root: Path) -> str:
    """Give a commit by nobody in particular: the same input gives the same hash."""
    name, mail = NOBODY.rstrip(">").split(" <")
    variables = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", name), ("EMAIL", mail), ("DATE", date))
    }
    command = ["-c", "i18n.commitEncoding=UTF-8", "commit-tree", tree]
    for parent in parents:
        command += ["-p", parent]
    made = git(*command, cwd=root, variables=variables, stdin=message.encode())
    return made.strip()


@contextmanager
def _index() -> Iterator[tuple[Path, dict[str, str]]]:
    """Give an empty index of our own and the variables that make git use it."""
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder, "index")
        yield index, {"GIT_INDEX_FILE": str(index)}

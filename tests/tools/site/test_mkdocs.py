"""The site's real build ends well with right pages, and badly with a broken one."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from bs4 import BeautifulSoup

from tests.helpers.tiny_repository import fence
from tools.chain.steps import ROOT
from tools.maintainer import readme_and_nav

# `nox -s zensical` tries MkDocs' successor, which another Python has.
OTHER = os.environ.get("ZENSICAL_PYTHON")
BUILDER = (OTHER, "-m", "zensical") if OTHER else (sys.executable, "-m", "mkdocs")


@pytest.fixture
def site(repository):
    """A repository with the site's own settings and code."""
    settings = (ROOT / "mkdocs.yml").read_text("utf-8")
    repository.write("mkdocs.yml", without_other_pages(settings))
    junk = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "tools", repository.root / "tools", ignore=junk)
    (repository.root / "examples").mkdir()  # the site's settings watch it
    repository.write("docs/index.md", f"# Home\n\n{fence('steps')}")
    repository.write("docs/site.css", "")
    readme_and_nav.fix(repository.root)
    return repository


def without_other_pages(settings: str) -> str:
    """Give the site's settings with only the steps in its navigation."""
    return re.sub(r"(?m)(?<=# /steps\n)(?:\s+- .*\n)+", "", settings)


def build(repository) -> subprocess.CompletedProcess:
    """Build the site as `nox -s docs` does."""
    beside = (sys.executable, "-m", "tools.site.code_pages.build")
    assert run(repository, *beside).returncode == 0
    return run(repository, *BUILDER, "build", "--strict")


def run(repository, *command: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        command,
        cwd=repository.root,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def test_build_of_right_pages_gives_a_site_without_faults(site):
    done = build(site)

    assert done.returncode == 0, done.stdout
    assert site.faults() == []


def test_build_of_a_broken_page_fails_with_its_line(site):
    site.write_page("02_second", f"Text.\n\n{fence('change', path='gone.py')}")

    done = build(site)

    assert done.returncode != 0
    assert "docs/02_second.md:11: change: gone.py does not change" in done.stdout


def test_build_fails_for_a_page_that_the_navigation_lacks(site):
    site.write("steps/03_third/manage.py", "")
    site.write_page("03_third", "All of it is still to come.")

    done = build(site)

    assert done.returncode != 0
    assert "03_third.md" in done.stdout


def test_build_knows_where_it_is_published(site, monkeypatch):
    monkeypatch.setenv("SITE_URL", "https://example.org/tutorial/")
    monkeypatch.setenv("REPO_URL", "https://example.org/code")
    monkeypatch.setenv("EDIT_URI", "edit/main/docs/")

    done = build(site)

    assert done.returncode == 0, done.stdout
    page = (site.root / "site/01_first.html").read_text("utf-8")
    assert 'rel="canonical" href="https://example.org/tutorial/01_first.html"' in page
    assert 'href="https://example.org/code/edit/main/docs/01_first.md"' in page


def test_build_without_what_stands_beside_the_pages_fails(site):
    done = run(site, *BUILDER, "build", "--strict")

    assert done.returncode != 0
    assert "code/02_second.zip" in done.stdout


def test_build_has_what_each_page_ends_with(site):
    build(site)

    for page in (site.root / "site").glob("*_*.html"):
        soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
        links = [a["href"] for a in soup.select('a[href^="code/"]:not(.filename a)')]
        assert len(links) == 3
        assert all((page.parent / link).is_file() for link in links)


def test_build_without_a_change_on_its_page_has_faults(site):
    site.write_page("02_second", "All of it stands in the diff beside the page.")

    assert build(site).returncode == 0
    assert "notes/app.py: +" in "\n".join(site.faults())


def test_build_uses_nothing_of_another_host(site):
    build(site)

    for page in (site.root / "site").glob("**/*.html"):
        soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
        used = [x["src"] for x in soup.select("[src]")]
        used += [x["href"] for x in soup.select("link[href]:not([rel=canonical])")]
        assert not [address for address in used if "//" in address]

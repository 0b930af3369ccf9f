"""What stands beside each page: the step as a zip, its diff, and all its files."""

import io
import os
import re
import zipfile
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup

from tools.chain.changes import changes
from tools.chain.steps import all_steps, find_step, step_files, step_pairs
from tools.site.code_pages import build
from tools.site.code_pages.archive import archive
from tools.site.footer import addresses, page_end


def soup_of(repository, kind: str, number: int = 2) -> BeautifulSoup:
    """Write what stands beside the pages, and give one of its pages."""
    build.write(repository.root)
    step = find_step(str(number), repository.root)
    path = repository.root / "docs" / addresses(step)[kind]
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def section(soup: BeautifulSoup, path: str):
    """Give the part of a page that shows a file."""
    return soup.find(id=f"file/{path}")


def tree(soup: BeautifulSoup) -> dict[str, str]:
    """Give what a page's list of files says, by the address of each."""
    return {
        unquote(item.a["href"]).removeprefix("#file/"): item.get_text(" ", strip=True)
        for item in soup.select(".tree li")
        if item.find("a", recursive=False)
    }


# The zip


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.mark.parametrize("step", all_steps(), ids=lambda step: step.name)
def test_zip_holds_exactly_the_files_of_the_step(step):
    assert unpacked(archive(step)) == {
        f"{step.name}/{path}": (step.folder / path).read_bytes()
        for path in step_files(step.folder)
    }


def test_zip_has_the_same_bytes_whenever_it_is_made(repository):
    step = find_step("2", repository.root)
    first = archive(step)
    for path in step_files(step.folder):
        os.utime(step.folder / path, (1, 1))
        (step.folder / path).chmod(0o600)

    assert archive(step) == first


def test_zip_leaves_out_what_git_ignores(repository):
    repository.write("steps/02_second/db.sqlite3", b"mine")

    names = unpacked(archive(find_step("2", repository.root)))

    assert "02_second/db.sqlite3" not in names


# The diff


def test_diff_shows_every_changed_line_of_every_file(repository):
    soup = soup_of(repository, "diff")

    for path, change in repository.changes().items():
        lines = section(soup, path).select("ins, del")
        assert [line.get_text() for line in lines] == [
            change.lines[index].text for index in change.changed
        ]


@pytest.mark.parametrize(("before", "step"), step_pairs()[-1:])
def test_diff_of_a_real_step_names_all_its_files(before, step):
    changed = changes(before, step)

    soup = BeautifulSoup(build.diff_page(step, changed, ""), "html.parser")

    assert set(tree(soup)) == {change.path for change in changed}


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("notes/new.py", "new"),
        ("notes/unused.py", "deleted"),
        ("notes/app.py", "changed +3 −2"),
        ("notes/people.py", "renamed +1 −1"),
    ],
)
@pytest.mark.parametrize("kind", ["diff", "browse"])
def test_page_says_in_words_what_happens_to_a_file(repository, kind, path, said):
    soup = soup_of(repository, kind)

    assert tree(soup)[path] == f"{path.rpartition('/')[2]} {said}"
    assert section(soup, path).select_one("h2 .mark").get_text() == said


# The whole project


def test_browse_page_shows_every_file_to_the_letter(repository):
    soup = soup_of(repository, "browse")
    step = find_step("2", repository.root)

    for path in step_files(step.folder):
        lines = section(soup, path).select("[data-new]")
        text = "".join(f"{line.get_text()}\n" for line in lines)
        assert text == (step.folder / path).read_text("utf-8")


@pytest.mark.parametrize("kind", ["diff", "browse"])
def test_lock_is_named_without_its_hashes(repository, kind):
    entry = "django==5.2.19 \\\n    --hash=sha256:" + 64 * "0" + "\n"
    repository.write("steps/02_second/requirements.txt", entry)

    shown = section(soup_of(repository, kind), "requirements.txt")

    assert "a lock of 1 packages" in shown.get_text()
    assert not shown.select("[data-op]")


def test_browse_page_marks_new_lines_only(repository):
    soup = soup_of(repository, "browse")

    assert [x.get_text() for x in section(soup, "notes/people.py").select("ins")] == [
        "erin = 6"
    ]
    assert not section(soup, "manage.py").select("ins, .mark")


def test_browse_page_names_a_deleted_file_without_its_lines(repository):
    soup = soup_of(repository, "browse")

    assert not section(soup, "notes/unused.py").select("[data-op]")


def test_browse_page_escapes_what_a_file_is_called_and_holds(repository):
    name = "notes/a b&<i>#?.txt" if os.name == "posix" else "notes/a b&#.txt"
    repository.write(f"steps/02_second/{name}", "</pre><script>alert(1)</script>\n")

    soup = soup_of(repository, "browse")

    assert not soup.select("script, i")
    assert name in tree(soup)
    assert name in section(soup, name.replace(name, anchor(soup, name))).h2.get_text()


def anchor(soup, name: str) -> str:
    """The address of a file within the page, as its list links it."""
    return next(
        a["href"].removeprefix("#file/")
        for a in soup.select(".tree a")
        if unquote(a["href"]) == f"#file/{name}"
    )


def test_page_beside_keeps_the_titles_of_pages_as_text(repository):
    repository.edit("docs/02_second.md", "title: Second", "title: <b>A & B</b>")

    assert soup_of(repository, "browse").title.get_text().startswith("2. <b>A & B</b>")


# The links


def links_of(path) -> list[str]:
    soup = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    return [a["href"] for a in soup.select("a[href]")]


@pytest.mark.parametrize("number", ["1", "2"])
def test_end_of_a_page_leads_to_files_that_are_there(repository, number):
    build.write(repository.root)
    step = find_step(number, repository.root)

    links = re.findall(r"\]\(([^)]*)\)", "\n".join(page_end(None, step)))

    assert links == list(addresses(step).values())
    assert all((step.page.parent / link).is_file() for link in links)


@pytest.mark.parametrize("kind", ["diff", "browse"])
def test_links_of_a_page_beside_lead_somewhere(repository, kind):
    build.write(repository.root)
    step = find_step("2", repository.root)
    path = repository.root / "docs" / addresses(step)[kind]
    html = path.read_text("utf-8")

    for link in links_of(path):
        if link.startswith("#"):
            assert f'id="{link[1:]}"' in html
        else:
            there = (path.parent / link).resolve()
            page = there.with_suffix(".md")  # what the site makes it of
            assert there.is_file() or page.is_file()


def test_end_of_a_page_names_the_commands(repository):
    first, second = all_steps(repository.root)

    text = "\n".join(page_end(first, second))

    for command in (
        "check -- 2 ~/mychat",
        "start -- 2 ~/mychat",
        "diff -- 2 ~/mychat",
        "rescue -- 2 ~/mychat",
        "diff -- 1 2",
    ):
        assert f"nox -s {command}" in text


def test_end_stands_on_pages_of_steps_only(repository):
    repository.write("docs/index.md", "# Home\n")

    assert "nox -s check" in repository.html("01_first")
    assert "nox -s check" not in repository.html("index")


# The command


def test_file_that_is_no_text_is_named(monkeypatch, capsys, repository):
    repository.write("steps/02_second/notes/broken.py", b"\xff\xfe")
    monkeypatch.setattr(build.write, "__defaults__", (repository.root,))

    assert build.main() == 1
    assert "broken.py is not UTF-8 text" in capsys.readouterr().err


def test_write_leaves_nothing_of_a_step_that_is_gone(repository):
    repository.write("docs/code/99_old.zip", b"")

    build.write(repository.root)

    assert not (repository.root / "docs/code/99_old.zip").exists()


def test_style_of_the_pages_has_the_sites_dark_colours():
    css = build.style()

    assert "slate" not in css.replace("data-md-color-scheme", "")
    assert re.search(r"prefers-color-scheme: dark\) \{ :root \{\n  --md-primary", css)
    assert "</style" not in css


class _Balance(HTMLParser):
    """Notes elements that are closed in the wrong order."""

    def __init__(self):
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("kind", ["diff", "browse"])
def test_page_beside_closes_what_it_opens(repository, kind):
    build.write(repository.root)
    step = find_step("2", repository.root)
    parser = _Balance()

    parser.feed((repository.root / "docs" / addresses(step)[kind]).read_text("utf-8"))

    assert parser.open == []

"""Links of the built site that lead nowhere are found."""

import pytest

from tools.proof import links


@pytest.fixture
def site(tmp_path):
    """A site of two pages, one in a folder."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code/a b.html").write_text('<p id="file/x%20y">Here</p>')
    return tmp_path


def faults(site, html: str) -> list[str]:
    (site / "index.html").write_text(f'<h2 id="top">Top</h2>{html}')
    return links.faults(site)


@pytest.mark.parametrize(
    "link",
    [
        "#top",
        "index.html#top",
        "code/a%20b.html",
        "code/a%20b.html#file/x%20y",
        "./",
        "https://docs.djangoproject.com/en/5.2/#a",
        "http://127.0.0.1:8000/admin/",
        "http://kittens.localhost:9000/",
        "mailto:somebody@example.org",
    ],
)
def test_link_that_leads_somewhere_is_no_fault(site, link):
    assert faults(site, f'<a href="{link}">A</a>') == []


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ('<a href="gone.html">A</a>', "index.html: gone.html: there is no such file"),
        ('<img src="gone.png">', "there is no such file"),
        ('<a href="#gone">A</a>', "there is no such place"),
        ('<a href="code/a%20b.html#gone">A</a>', "there is no such place"),
        ('<a href="../secret.html">A</a>', "leads out of the site"),
        ('<a href="http://docs.djangoproject.com/">A</a>', "is not https"),
        ('<a href="//cdn.example.org/">A</a>', "is not https"),
        ('<a href="https://example/">A</a>', "has no host"),
        ('<a href="javascript:alert(1)">A</a>', "is not https"),
    ],
)
def test_link_that_leads_nowhere_is_a_fault(site, html, reason):
    (fault,) = faults(site, html)

    assert reason in fault

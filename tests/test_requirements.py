"""What the steps and pages need is pinned, and nothing comes from another host."""

import re

import pytest

from tools.chain.steps import ROOT

# What a browser loads by itself: not a link that people click.
LOADED = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*?\bsrc\s*=\s*["']?(?P<src>[^"'\s>]+)
    | <link\b[^>]*?\bhref\s*=\s*["']?(?P<href>[^"'\s>]+)
    | \burl\(\s*["']?(?P<url>[^"')\s]+)
    | @import\s+["'](?P<style>[^"']+)
    | \bimport\b[^"'\n]*["'](?P<module>[^"'\n]+)
    """,
    re.VERBOSE | re.IGNORECASE,
)
FOREIGN = re.compile(
    r"(https?:|wss?:)?//(?!localhost\b|127\.0\.0\.1\b|(\w+\.)?example\.)"
)
FILES = [
    path.relative_to(ROOT).as_posix()
    for folder in ("steps", "docs")
    for kind in ("html", "css", "js", "md", "svg")
    for path in sorted((ROOT / folder).glob(f"**/*.{kind}"))
    if "docs/code" not in path.as_posix()  # made with the site, and tested with it
]


def loaded(text: str) -> list[str]:
    """Give the addresses that a browser loads for a text."""
    return [next(filter(None, found.groups())) for found in LOADED.finditer(text)]


def requirements() -> list[str]:
    lines = (ROOT / "requirements.txt").read_text("utf-8").split("\n")
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("line", requirements())
def test_requirement_is_pinned(line):
    assert re.fullmatch(r"[\w.-]+==\d[\w.]*( ; .+)?", line)


def test_requirements_hold_what_is_asked_for():
    text = (ROOT / "requirements.in").read_text("utf-8")
    wanted = set(re.findall(r"^[\w-]+", text.lower(), re.MULTILINE))

    assert wanted <= {line.partition("==")[0] for line in requirements()}


@pytest.mark.parametrize("path", FILES)
def test_file_loads_nothing_from_another_host(path):
    text = (ROOT / path).read_text("utf-8")

    assert not [address for address in loaded(text) if FOREIGN.match(address)]


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.test/a.js"></script>',
        "<script defer\n  src=//cdn.test/a.js></script>",
        '<link rel="stylesheet" href="https://cdn.test/a.css">',
        '@import "https://cdn.test/a.css";',
        "@import url(https://cdn.test/a.css);",
        'src: url("https://cdn.test/a.woff2")',
        'import { a } from "https://cdn.test/a.js";',
        'await import("https://cdn.test/a.js")',
    ],
)
def test_address_of_another_host_is_seen(text):
    assert [address for address in loaded(text) if FOREIGN.match(address)]


@pytest.mark.parametrize(
    "text",
    [
        '<a href="https://channels.readthedocs.io/">Channels</a>',
        "<script src=\"{% static 'a.js' %}\"></script>",
        '<script src="http://localhost:8000/a.js"></script>',
        'import { a } from "./a.js";',
    ],
)
def test_address_that_loads_nothing_foreign_is_none(text):
    assert not [address for address in loaded(text) if FOREIGN.match(address)]

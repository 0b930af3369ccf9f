"""The checks of the site find a fault that was planted."""

import pytest

from tests.helpers import axe
from tests.site.look import Traffic, long_lines, misplaced_buttons, moving, sideways

PAGE = (
    '<!doctype html><html lang="en"><title>T</title><main><article>{}</article></main>'
)

LINK = (
    '<p style="color: #000">A long text with '
    '<a href="/" style="color: #222; text-decoration: none">a link</a> in it</p>'
)

# Two answers to one question, of which a browser keeps one open.
FOLDED = '<details name="q"><summary>A</summary><input></details>'
FOLDED += '<details name="q"><summary>B</summary>Text</details>'

BUTTON = '<pre style="position: relative; width: 400px; overflow: auto">'
BUTTON += (
    '<button class="md-code__button" style="position: absolute; right: 0">C</button>'
)

# One word in many lines of code is faint.
LINE = '<span class="line"><span style="color: #000">def</span> x</span>\n'
FAINT = LINE.replace("#000", "#bbb")
CODE = f'<pre style="background: #fff"><code>{LINE * 20}{FAINT}{LINE * 20}</code></pre>'


@pytest.mark.parametrize(
    ("html", "rule"),
    [
        ('<p style="color: #bbb; background: #fff">Faint</p>', "color-contrast"),
        ('<img src="data:,">', "image-alt"),
        ("<label>A</label><input>", "label"),
        ("<details><summary>A</summary><input></details>", "label"),
        (FOLDED, "label"),
        (LINK, "link-in-text-block"),
        (CODE, "color-contrast"),
        (f"<pre hidden{CODE.removeprefix('<pre')}{CODE}", "color-contrast"),
    ],
)
def test_axe_finds_what_shuts_people_out(page, html, rule):
    page.set_content(PAGE.format(html))

    assert any(fault.startswith(rule) for fault in axe.faults(page))


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ('<p style="width: 400px">Wide</p>', "the page scrolls"),
        ("<p>" + "x" * 100 + "</p>", "the page scrolls"),
        (
            '<div style="overflow: auto"><p style="width: 400px">W</p></div>',
            "scrolls: DIV",
        ),
    ],
)
def test_what_is_too_wide_is_found(page, html, said):
    page.set_viewport_size({"width": 320, "height": 600})
    page.set_content(PAGE.format(html))

    assert any(fault.startswith(said) for fault in sideways(page))


def test_code_may_scroll_sideways(page):
    page.set_viewport_size({"width": 320, "height": 600})
    code = f'<pre style="overflow: auto"><code>{"x" * 100}</code></pre>'
    page.set_content(PAGE.format(code))

    assert sideways(page) == []


@pytest.mark.parametrize(
    ("style", "said"),
    [
        ("overflow: auto", ["x" * 89]),
        ("white-space: pre-wrap; overflow-wrap: anywhere", ["x" * 88]),
        ("white-space: pre-wrap; overflow-wrap: anywhere; font-size: 9px", []),
    ],
)
def test_long_line_is_found(page, style, said):
    page.set_viewport_size({"width": 700, "height": 600})
    lines = "".join(f'<div class="line">{"x" * each}</div>' for each in (88, 89))
    style = f"line-height: 1.5; font-size: 15px; {style}"
    page.set_content(PAGE.format(f'<pre><code style="{style}">{lines}</code></pre>'))

    assert long_lines(page)[-1:] == said


@pytest.mark.parametrize(
    ("html", "found"),
    [
        (BUTTON + "<code>" + "x" * 100 + "</code></pre>", 1),
        (BUTTON + "<code>x</code></pre>", 0),
        (BUTTON + '<code>x<i class="gap"></i></code></pre>', 1),
    ],
)
def test_button_that_is_misplaced_is_found(page, html, found):
    page.set_content(PAGE.format(html))

    assert len(misplaced_buttons(page)) == found


def test_request_to_another_host_is_found(page):
    traffic = Traffic(page)
    page.route("https://cdn.example/*", lambda route: route.fulfill(body=""))
    page.set_content(PAGE.format('<script src="https://cdn.example/a.js"></script>'))

    assert traffic.elsewhere("http://127.0.0.1") == ["https://cdn.example/a.js"]


def test_weight_is_that_of_compressed_text_without_pictures(page):
    traffic = Traffic(page)
    texts = {"a.css": "text/css", "b.png": "image/png"}
    for name, kind in texts.items():
        page.route(
            f"**/{name}",
            lambda route, kind=kind: route.fulfill(body="x" * 9000, content_type=kind),
        )
    html = '<link rel="stylesheet" href="https://cdn.example/a.css">'
    html += '<img src="https://cdn.example/b.png">'
    page.set_content(PAGE.format(html), wait_until="networkidle")

    assert 0 < traffic.weight() < 200


@pytest.mark.parametrize(
    "style", ["transition: color 1s", "animation: a 1s infinite", "transition: all .2s"]
)
def test_motion_is_found(page, style):
    frames = "<style>@keyframes a { to { color: red } }</style>"
    page.set_content(PAGE.format(f'{frames}<p style="{style}">Moves</p>'))

    assert moving(page) == ["P "]

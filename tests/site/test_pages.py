"""Each page of the built site: for everyone, on every screen, and with no other host."""

from itertools import pairwise

import pytest

from tests.helpers import axe
from tests.site.look import (
    DIFFS,
    PAGES,
    PROJECTS,
    STEPS,
    TEXTS,
    Traffic,
    from_disk,
    long_lines,
    misplaced_buttons,
    moving,
    sideways,
    unfold,
)

KB = 1024
PAGE_BUDGET = 150 * KB  # HTML, style and script of a step's page, compressed
LINE = 24  # pixels: what stands in one line counts as beside each other
# A browser that keeps a bar to scroll by leaves so much of 1280 pixels.
WIDE = {"width": 1265, "height": 800}
MARKS = 22  # the width of the column with the marks
PHONE = {"width": 390, "height": 844}
# Loaded behind the page, once for the whole site.
SEARCH_BUDGET = 4 * KB * len(TEXTS)


@pytest.fixture
def small(new_context):
    return new_context(viewport={"width": 320, "height": 640}).new_page()


@pytest.mark.parametrize("name", PAGES)
def test_page_has_nothing_serious_for_axe(new_context, address, name):
    light = new_context(color_scheme="light").new_page()
    light.goto(address + name)
    assert axe.faults(light) == []

    dark = new_context(color_scheme="dark").new_page()
    dark.goto(address + name)
    assert axe.faults(dark, axe.COLOURS) == []


@pytest.mark.parametrize("name", [*TEXTS, *DIFFS, *PROJECTS])
def test_page_fits_into_320_pixels(small, address, name):
    small.goto(address + name)

    assert sideways(small) == []
    unfold(small)
    assert misplaced_buttons(small) == []


@pytest.mark.parametrize("name", [*TEXTS, *DIFFS, *PROJECTS])
def test_code_is_read_without_scrolling_at_1280_pixels(new_context, address, name):
    page = new_context(viewport=WIDE).new_page()
    page.goto(address + name)
    unfold(page)

    assert long_lines(page) == []
    assert misplaced_buttons(page) == []


def test_long_line_scrolls_in_its_box_on_a_phone_and_its_mark_stays(
    new_context, address
):
    page = new_context(viewport=PHONE).new_page()
    page.goto(address + "05_history.html")
    code = page.locator(".change pre > code:visible").filter(has=page.locator("ins"))
    code = code.first
    code.scroll_into_view_if_needed()
    added = code.locator("ins").first
    before = added.bounding_box()
    column = before | {"width": MARKS}
    mark = page.screenshot(clip=column)
    code.evaluate("(code) => code.scrollTo(100, 0)")

    assert added.bounding_box()["x"] == before["x"] - 100
    assert page.screenshot(clip=column) == mark
    assert sideways(page) == []


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_page_of_a_step_is_light(page, address, step):
    traffic = Traffic(page)
    with (
        page.expect_request_finished(lambda request: "/workers/" in request.url),
        page.expect_request_finished(lambda request: "/search_index" in request.url),
    ):
        page.goto(f"{address}{step.name}.html")

    search = traffic.weight("/search")
    assert traffic.weight() - search < PAGE_BUDGET
    assert 0 < search < SEARCH_BUDGET


@pytest.mark.parametrize("name", PAGES)
def test_page_asks_nothing_of_another_host(page, address, site, name):
    traffic = Traffic(page)

    for start in (address + name, from_disk(site, name)):
        page.goto(start)
        page.wait_for_timeout(300)  # for what scripts ask

    assert traffic.elsewhere(address, site.as_uri()) == []
    assert traffic.failed == []


@pytest.mark.parametrize("served", [True, False], ids=["served", "from disk"])
def test_search_finds_and_asks_nobody_else(page, address, site, served):
    traffic = Traffic(page)
    page.goto(address + "index.html" if served else from_disk(site, "index.html"))
    page.keyboard.press("/")
    page.keyboard.type("ghost")
    page.locator("a[href*=presence]:visible").filter(has_text="ghost").first.click()

    page.wait_for_url("**/*presence.html**")
    assert traffic.elsewhere(address, site.as_uri()) == []


def test_tabs_and_pictures_work_from_the_disk(page, site):
    page.goto(from_disk(site, "10_tasks.html"))
    tabs = page.locator(".tabbed-set").first
    whole = tabs.locator(".tabbed-block").nth(1)
    assert not whole.is_visible()
    tabs.get_by_text("Whole file after this step", exact=True).click()
    whole.wait_for()

    for picture in page.locator("figure img:visible").all():
        picture.scroll_into_view_if_needed()
        assert picture.evaluate("(img) => img.decode().then(() => img.naturalWidth)")


def test_reduced_motion_is_respected(new_context, address):
    page = new_context(reduced_motion="reduce").new_page()
    page.goto(address + "10_tasks.html")

    assert moving(page) == []


def shown_films(page):
    """Give the pictures of the home page's film that one sees."""
    films = page.locator(".moving img").filter(visible=True)
    films.first.wait_for()
    return [film.evaluate("(img) => img.currentSrc") for film in films.all()]


def test_film_stands_still_for_those_who_prefer_no_motion(new_context, site):
    page = new_context(reduced_motion="reduce", color_scheme="dark").new_page()
    page.goto(from_disk(site, "index.html"))

    (film,) = shown_films(page)
    assert film.endswith("-dark.png")
    assert not page.get_by_label("Pause the picture").is_visible()


def test_film_is_paused_by_keyboard_without_scripts(new_context, site):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(from_disk(site, "index.html"))
    (before,) = shown_films(page)
    page.get_by_label("Pause the picture").focus()
    page.keyboard.press("Space")
    (after,) = shown_films(page)

    assert before.endswith("-light.webp#only-light")
    assert after.endswith("-light.png#only-light")


def test_home_says_all_of_it_on_the_first_screen(new_context, address):
    page = new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(address + "index.html")

    for seen in (".lead", ".moving figcaption", ".hero pre >> nth=-1"):
        box = page.locator(seen).bounding_box()
        assert box["y"] + box["height"] < 800, seen


def test_keyboard_begins_with_a_way_to_the_text_and_shows_where_it_is(page, address):
    page.goto(address + "06_presence.html")
    page.keyboard.press("Tab")
    assert page.locator(".md-skip:focus").count() == 1
    page.keyboard.press("Enter")
    order = []
    for _ in range(30):
        page.keyboard.press("Tab")
        order.append(
            page.evaluate("""() => {
              const each = document.activeElement;
              const box = each.getBoundingClientRect();
              const outline = getComputedStyle(each).outlineStyle !== "none";
              return [outline || each.type === "radio", box.top + scrollY, each.outerHTML];
            }""")
        )

    assert [each[2][:80] for each in order if not each[0]] == []
    tops = [each[1] for each in order]
    assert all(after > before - LINE for before, after in pairwise(tops))


def test_question_is_answered_by_keyboard_from_the_disk_without_scripts(
    new_context, site
):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(from_disk(site, "02_group.html"))
    answers = page.locator(".quiz").first.locator("details")
    verdicts = answers.locator(".verdict")
    answers.first.locator("summary").focus()
    assert verdicts.filter(visible=True).count() == 0

    for number in range(answers.count()):
        page.keyboard.press("Enter")
        verdicts.nth(number).wait_for()
        assert verdicts.filter(visible=True).count() == 1
        page.keyboard.press("Tab")


def test_changed_lines_differ_without_colour(page, address):
    page.goto(address + "05_history.html")
    marks = {}
    for tag in ("ins", "del"):
        line = page.locator(f".change {tag}.line").first
        marks[tag] = line.evaluate("""(line) => [
          getComputedStyle(line, "::before").content[1],
          getComputedStyle(line, "::before").borderLeftStyle,
        ]""")

    assert marks == {"ins": ["+", "solid"], "del": ["−", "dotted"]}

"""What one can find out about a page by looking at it in a browser."""

import gzip
from pathlib import Path

from playwright.sync_api import Page

from tools.chain.steps import ROOT, all_steps
from tools.site.footer import addresses

STEPS = [step for step in all_steps() if step.meta]
TEXTS = sorted(path.with_suffix(".html").name for path in ROOT.glob("docs/*.md"))
DIFFS = [addresses(step)["diff"] for step in STEPS]
# All are made alike, and a long one takes axe a quarter of a minute.
PROJECTS = [addresses(step)["browse"] for step in (STEPS[0], STEPS[-1])]
PAGES = [*TEXTS, DIFFS[0], DIFFS[-1], *PROJECTS]

# Everything that sticks out of the window, and every box that scrolls, but those of code
# and of numbers in many columns.
SIDEWAYS = """() => {
  const width = document.documentElement.clientWidth;
  const found = [];
  if (document.scrollingElement.scrollWidth > width) found.push("the page scrolls");
  for (const each of document.querySelectorAll("article *, body.md-typeset *")) {
    if (each.closest("pre, .md-nav, iframe, [hidden], .tabbed-labels")) continue;
    if (each.closest(".md-typeset__scrollwrap:has(th:nth-child(6))")) continue;
    if (!each.checkVisibility()) continue;
    const name = `${each.tagName} ${each.className}: ${each.textContent.trim().slice(0, 40)}`;
    if (each.getBoundingClientRect().right > width + 1) found.push(`out: ${name}`);
    const scrolls = ["auto", "scroll"].includes(getComputedStyle(each).overflowX);
    if (scrolls && each.scrollWidth > each.clientWidth + 1) found.push(`scrolls: ${name}`);
  }
  return found;
}"""
MOVING = """() => [...document.querySelectorAll("*")].filter((each) => {
  const style = getComputedStyle(each);
  const long = (times) => times.split(",").some((time) => parseFloat(time) > 0.01);
  return long(style.transitionDuration)
    || (style.animationName !== "none" && long(style.animationDuration));
}).map((each) => `${each.tagName} ${each.className}`)"""


def sideways(page: Page) -> list[str]:
    """Give what needs sideways scrolling outside code."""
    return page.evaluate(SIDEWAYS)


def moving(page: Page) -> list[str]:
    """Give the elements that would move."""
    return page.evaluate(MOVING)


class Traffic:
    """All that a page asks for, from the moment on that this is made."""

    def __init__(self, page: Page):
        self.asked: list[str] = []
        self.failed: list[str] = []
        self.sizes: dict[str, int] = {}
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("requestfailed", self._note)
        page.on("requestfinished", self._weigh)

    def _note(self, request) -> None:
        if request.failure != "net::ERR_ABORTED":  # what a page that goes away gives up
            self.failed.append(request.url)

    def _weigh(self, request) -> None:
        if request.resource_type != "image":
            body = request.response().body()
            self.sizes[request.url] = len(gzip.compress(body, 6))

    def elsewhere(self, *ours: str) -> list[str]:
        """Give what was asked of somebody else."""
        ours = (*ours, "data:", "blob:", "about:")
        return [url for url in self.asked if not url.startswith(ours)]

    def weight(self, kind: str = "") -> int:
        """Give the compressed bytes of what has a text in its address."""
        return sum(size for url, size in self.sizes.items() if kind in url)


def from_disk(site: Path, name: str) -> str:
    """Give a page's address on the disk."""
    return (site / name).as_uri()

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
# All folded parts open, and of each set of tabs the contents of all.
UNFOLDED = """() => {
  for (const each of document.querySelectorAll("details")) {
    each.removeAttribute("name");
    each.open = true;
  }
  for (const each of document.querySelectorAll(".tabbed-block"))
    each.style.display = "block";
}"""
# The lines of code that end beyond the box in which they stand, and those of a change that
# are broken though 88 characters fit, but for two columns; of a box that scrolls, its first.
LONG_LINES = """() => [...document.querySelectorAll("pre code")].flatMap((code) => {
  const box = code.getBoundingClientRect();
  const right = Math.min(box.right, code.closest("pre").getBoundingClientRect().right);
  const found = [];
  const words = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const range = new Range();
    range.selectNodeContents(words.currentNode);
    const ends = [...range.getClientRects()].map((each) => each.right + code.scrollLeft);
    if (ends.some((end) => end > right + 0.5)) found.push(words.currentNode.data.trim());
  }
  for (const line of code.querySelectorAll("article .line")) {
    const range = new Range(), height = parseFloat(getComputedStyle(line).lineHeight);
    range.selectNodeContents(line);
    const broken = range.getBoundingClientRect().height > 1.5 * height;
    if (broken && line.textContent.length <= 88) found.push(line.textContent.trim());
  }
  const scrolls = code.scrollWidth > code.clientWidth;
  return scrolls && !found.length ? [code.textContent.trim().split("\\n")[0]] : found;
})"""
# Where the button that copies lies over a text, or its block has places that are apart.
MISPLACED_BUTTONS = """() => {
  const over = (one, other) => one.left < other.right && other.left < one.right
    && one.top < other.bottom && other.top < one.bottom;
  return [...document.querySelectorAll(".md-code__button")].filter((button) => {
    const block = button.closest(".highlight, pre"), range = new Range();
    const place = button.getBoundingClientRect();
    if (block.querySelector(".gap")) return true;
    return [...block.querySelectorAll("code, .filename")].some((text) => {
      const { left, right } = text.getBoundingClientRect();
      range.selectNodeContents(text);
      return [...range.getClientRects()].some(({ left: from, right: to, top, bottom }) =>
        over({ left: Math.max(left, from), right: Math.min(right, to), top, bottom }, place));
    });
  }).map((button) => button.closest(".highlight, pre").textContent.trim().slice(0, 40));
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


def unfold(page: Page) -> None:
    """Open all that is folded, and show all tabs."""
    page.evaluate(UNFOLDED)


def long_lines(page: Page) -> list[str]:
    """Give the texts in lines of code that one has to scroll to."""
    return page.evaluate(LONG_LINES)


def misplaced_buttons(page: Page) -> list[str]:
    """Give the beginnings of blocks whose button lies over text, or copies nonsense."""
    return page.evaluate(MISPLACED_BUTTONS)


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

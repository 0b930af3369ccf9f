"""What axe finds on a page that shuts somebody out."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Of texts whose colour, size and background are those of others, axe needs to see one: the
# elements of the rest become plain text, for ten thousand of them take it a minute. First
# go the words, then the lines of which nothing else is left.
ONE_OF_EACH_COLOUR = """() => {
  const behind = new Map();
  const looksOf = (box) => {
    const { backgroundColor, opacity } = getComputedStyle(box);
    return backgroundColor + opacity;
  };
  const under = (box) => {
    if (!box) return "";
    if (!behind.has(box))
      behind.set(box, looksOf(box) + under(box.parentElement));
    return behind.get(box);
  };
  for (const pass of ["words", "lines"]) {
    const seen = new Set(), again = [];
    for (const each of document.querySelectorAll("pre code *")) {
      // axe looks at nothing hidden: what stands for the others has to be seen.
      if (each.children.length || !each.checkVisibility()) continue;
      const style = getComputedStyle(each);
      const looks = [style.color, style.fontSize, style.fontWeight, under(each)].join();
      if (seen.has(looks)) again.push(each);
      seen.add(looks);
    }
    for (const each of again) each.replaceWith(each.textContent);
    behind.clear();
  }
}"""
# Of those with one name the browser keeps a single one open.
OPEN = """() => {
  for (const each of document.querySelectorAll("details")) {
    each.removeAttribute("name");
    each.open = true;
  }
}"""
BAD = ("serious", "critical")
# What depends on the colours; everything else is the same in both schemes.
COLOURS = ["color-contrast", "link-in-text-block"]


def faults(page: Page, rules: list[str] | None = None) -> list[str]:
    """Give what axe finds serious or critical on a page, all folded parts open."""
    page.evaluate(OPEN)
    page.evaluate(ONE_OF_EACH_COLOUR)
    # Of what passes, thousands of nodes would travel from the browser to here.
    options = {"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {})
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{each['id']}: {node['target']}: {node['html'][:100]}"
        for each in found
        if each["impact"] in BAD
        for node in each["nodes"]
    ]

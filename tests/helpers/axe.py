"""What axe finds on a page that shuts somebody out."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Of texts whose colour, size and background are those of others, axe needs to see three:
# the elements of the rest become plain text, for it takes a minute for ten thousand of them.
FEW_OF_EACH_COLOUR = """() => {
  const seen = {};
  for (const each of [...document.querySelectorAll("pre code *")].reverse()) {
    if (each.children.length) continue;
    const style = getComputedStyle(each);
    const looks = [style.color, style.fontSize, style.fontWeight, style.backgroundColor];
    for (let box = each.parentElement; box; box = box.parentElement)
      looks.push(getComputedStyle(box).backgroundColor);
    seen[looks] = (seen[looks] ?? 0) + 1;
    if (seen[looks] > 3) each.replaceWith(each.textContent);
  }
}"""
BAD = ("serious", "critical")
# What depends on the colours; everything else is the same in both schemes.
COLOURS = ["color-contrast", "link-in-text-block"]


def faults(page: Page, rules: list[str] | None = None) -> list[str]:
    """Give what axe finds serious or critical on a page, all folded parts open."""
    page.evaluate(
        "document.querySelectorAll('details').forEach((d) => (d.open = true))"
    )
    page.evaluate(FEW_OF_EACH_COLOUR)
    # Of what passes, thousands of nodes would travel from the browser to here.
    options = {"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {})
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{each['id']}: {node['target']}: {node['html'][:100]}"
        for each in found
        if each["impact"] in BAD
        for node in each["nodes"]
    ]

"""What axe finds on a page that shuts somebody out."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

BAD = ("serious", "critical")
# What depends on the colours; everything else is the same in both schemes.
COLOURS = ["color-contrast", "link-in-text-block"]


def faults(page: Page, rules: list[str] | None = None) -> list[str]:
    """Give what axe finds serious or critical on a page, all folded parts open."""
    page.evaluate(
        "document.querySelectorAll('details').forEach((d) => (d.open = true))"
    )
    # Of what passes, thousands of nodes would travel from the browser to here.
    options = {"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {})
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{each['id']}: {node['target']}: {node['html'][:100]}"
        for each in found
        if each["impact"] in BAD
        for node in each["nodes"]
    ]

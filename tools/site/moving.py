"""A picture that moves, and stands still for those who want it to."""

from html import escape

from tools.site.fences import fence, size_of
from tools.site.page import Page

SCHEMES = ("light", "dark")
STILL = "(prefers-reduced-motion: reduce)"


@fence
def moving(page: Page, wanted: dict) -> str:
    """Show a film that a test recorded, in the reader's colours, with a switch that stops it.

    Who prefers reduced motion gets the still instead, and whoever stops it: no script.
    """
    images = "".join(_images(page, wanted, scheme) for scheme in SCHEMES)
    switch = '<label><input type="checkbox"> Pause the picture</label>'
    caption = f"<figcaption>{escape(wanted['caption'])} {switch}</figcaption>"
    return f'<figure class="screenshot moving">{images}{caption}</figure>'


def _images(page: Page, wanted: dict, scheme: str) -> str:
    film, still = (
        page.recorded(f"{wanted['name']}-{scheme}.{kind}", wanted.get("of"))
        for kind in ("webp", "png")
    )
    width, height = size_of(still)
    looks = f'alt="{escape(wanted["alt"])}" width="{width // 2}" height="{height // 2}"'
    there = page.address(still)
    # Of what is not displayed, nothing is loaded that is lazy.
    return (
        f'<picture class="moves"><source media="{STILL}" srcset="{there}">'
        f'<img loading="lazy" src="{page.address(film)}#only-{scheme}" {looks}></picture>'
        f'<picture class="still"><img loading="lazy" src="{there}#only-{scheme}" {looks}>'
        "</picture>"
    )

"""Look at every link of the built site: what it leads to must be there.

`python -m tools.proof.links` does so after the build. Links to other hosts are looked at by
their form alone, so that the check needs no network.
"""

import re
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

from tools.chain.steps import ROOT

# A server of the reader's own: the pages say when it runs.
OWN = ("127.0.0.1", "localhost")
HOST = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
# Served for addresses that are not there, so its own are the server's, not a file's.
MISSING = "404.html"


class _Reader(HTMLParser):
    """The links of a page, and the places on it that a link may name."""

    def __init__(self):
        super().__init__()
        self.links: set[str] = set()
        self.places: set[str] = set()

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.links.add(value)
            elif name == "id" and value:
                self.places.add(unquote(value))


@cache
def _read(page: Path) -> _Reader:
    reader = _Reader()
    reader.feed(page.read_text("utf-8"))
    return reader


def faults(site: Path) -> list[str]:
    """Give what is wrong with the links of a built site, with page and link."""
    _read.cache_clear()
    found = []
    for page in sorted(site.glob("**/*.html")):
        if page.name == MISSING:
            continue
        for link in sorted(_read(page).links):
            if reason := _fault(link, page, site):
                found.append(f"{page.relative_to(site).as_posix()}: {link}: {reason}")
    return found


def _fault(link: str, page: Path, site: Path) -> str:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return _foreign(parts)
    address, anchor = urldefrag(link)
    target = (page.parent / unquote(address)).resolve() if address else page
    target = target / "index.html" if target.is_dir() else target
    if not target.is_relative_to(site.resolve()) and address:
        return "leads out of the site"
    if not target.is_file():
        return "there is no such file"
    if (
        anchor
        and target.suffix == ".html"
        and unquote(anchor) not in _read(target).places
    ):
        return "there is no such place on that page"
    return ""


def _foreign(parts) -> str:
    if parts.scheme in ("data", "mailto") or _is_own(parts.hostname or ""):
        return ""
    if parts.scheme != "https":
        return "is not https"
    return "" if HOST.fullmatch(parts.hostname or "") else "has no host"


def _is_own(host: str) -> bool:
    return host in OWN or host.endswith(".localhost")


def main() -> int:
    """Look at this repository's built site; give the exit code."""
    found = faults(ROOT / "site")
    print(
        "\n".join(
            [*found, f"Followed all links of the site and found {len(found)} faults"]
        )
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

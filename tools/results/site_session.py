"""Look at the built site in a browser, but for the pages that were proved before.

The unit is a page: it depends on its own HTML and on what all pages share.
"""

import hashlib
import re
import sys
from pathlib import Path

import pytest

from tools.chain.git import GitError
from tools.chain.steps import ROOT
from tools.results.fingerprint import fingerprint, forget_contents
from tools.results.pytest_session import WHOLE, Collector
from tools.results.store import Store, unchanged

FOLDER = "tests/site"
OPTIONS = ["-n", "auto", "--dist", "worksteal"]
SHARED = ("tests/site", "tests/helpers", "tests/conftest.py", "tools/site/footer.py")
# They list all pages, so each change of a page changes them.
LISTS = ("search/", "sitemap.")


def page_of(nodeid: str) -> str:
    """Give the page that a test looks at by its parameter, "" for a test without one."""
    found = re.search(r"\[chromium-(.+)\]$", nodeid)
    name = found[1] if found else ""
    return name if name.endswith(".html") or not name else f"{name}.html"


def keys_of(root: Path) -> dict[str, str]:
    """Give for each page of the built site the hash of all that its result depends on."""
    site = root / "site"
    pages, shared = {}, hashlib.sha256()
    for path in sorted(path for path in site.rglob("*") if path.is_file()):
        name = path.relative_to(site).as_posix()
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        if path.suffix == ".html":
            pages[name] = content
        elif not name.startswith(LISTS):
            shared.update(f"{name} {content}".encode())
    facts = fingerprint(root, SHARED, shared.hexdigest())
    return {name: f"{content} {facts}" for name, content in pages.items()}


def main(args: list[str], root: Path = ROOT) -> int:
    """Look at the pages that are not proved yet, keep those that pass; give the code."""
    chosen = [arg for arg in args if arg != "--all"]
    if chosen:
        return int(pytest.main([FOLDER, *OPTIONS, *chosen]))
    forget_contents()
    store = Store("site", root / ".nox" / "results")
    try:
        keys = keys_of(root)
    except GitError as error:
        print(error, file=sys.stderr)
        return 2
    kept = {name: store.get(name, key) for name, key in keys.items()}
    proved = {name: result for name, result in kept.items() if result}
    if "--all" in args:
        proved = {}
    if proved:
        print(unchanged([*proved.values()], "pages"), flush=True)
    collector = Collector(page_of)
    options = [*OPTIONS, "--proved", ",".join(proved)]
    code = int(pytest.main([FOLDER, *options], plugins=[collector]))
    forget_contents()
    if code in WHOLE:
        collector.keep(store, keys, keys_of(root))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

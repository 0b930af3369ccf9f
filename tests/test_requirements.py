"""What the steps and pages need is pinned, and nothing comes from another host."""

import hashlib
import re
import subprocess
import zipfile

import pytest

import noxfile
from tools.chain.steps import ROOT
from tools.maintainer.audit import LOCKS

# What a browser loads by itself: not a link that people click.
LOADED = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*?\bsrc\s*=\s*["']?(?P<src>[^"'\s>]+)
    | <link\b[^>]*?\bhref\s*=\s*["']?(?P<href>[^"'\s>]+)
    | \burl\(\s*["']?(?P<url>[^"')\s]+)
    | @import\s+["'](?P<style>[^"']+)
    | \bimport\b[^"'\n]*["'](?P<module>[^"'\n]+)
    """,
    re.VERBOSE | re.IGNORECASE,
)
FOREIGN = re.compile(
    r"(https?:|wss?:)?//(?!localhost\b|127\.0\.0\.1\b|(\w+\.)?example\.)"
)
FILES = [
    path.relative_to(ROOT).as_posix()
    for folder in ("steps", "docs")
    for kind in ("html", "css", "js", "md", "svg")
    for path in sorted((ROOT / folder).glob(f"**/*.{kind}"))
    if "docs/code" not in path.as_posix()  # made with the site, and tested with it
]


def loaded(text: str) -> list[str]:
    """Give the addresses that a browser loads for a text."""
    return [next(filter(None, found.groups())) for found in LOADED.finditer(text)]


def requirements(path: str = "requirements.txt") -> list[str]:
    """Give the entries of a lock, each with the hashes that follow it."""
    lines = (ROOT / path).read_text("utf-8").split("\n")
    text = "\n".join(line for line in lines if not line.startswith("#")).strip()
    return text.replace(" \\\n    ", "  ").split("\n")


@pytest.mark.parametrize("path", LOCKS)
def test_requirement_is_pinned_to_files_with_their_hashes(path):
    pinned = re.compile(r"[\w.-]+==\d[\w.]*( ; .+?)?(  --hash=sha256:[0-9a-f]{64})+")

    assert [line for line in requirements(path) if not pinned.fullmatch(line)] == []


@pytest.fixture
def planted(tmp_path):
    """A package in a folder, as somebody might have put it there."""
    path = tmp_path / "planted-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        info = "planted-1.0.dist-info"
        wheel.writestr("planted.py", "")
        wheel.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: planted\nVersion: 1.0\n"
        )
        wheel.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr(f"{info}/RECORD", "planted.py,,\n")
    return path


@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
def test_package_is_installed_by_its_hash_alone(planted, tmp_path, right):
    digest = hashlib.sha256(planted.read_bytes() if right else b"another").hexdigest()
    lock = tmp_path / "lock.txt"
    lock.write_text(f"planted==1.0 --hash=sha256:{digest}\n")
    command = noxfile.install_command("-r", str(lock))
    options = [
        "--no-index",
        "--find-links",
        str(tmp_path),
        "--target",
        str(tmp_path / "there"),
    ]

    done = subprocess.run([*command, *options], capture_output=True, text=True)

    assert (done.returncode == 0) is right, done.stderr
    assert (tmp_path / "there" / "planted.py").exists() is right


def test_requirements_hold_what_is_asked_for():
    text = (ROOT / "requirements.in").read_text("utf-8")
    wanted = set(re.findall(r"^[\w-]+", text.lower(), re.MULTILINE))

    assert wanted <= {line.partition("==")[0] for line in requirements()}


@pytest.mark.parametrize("path", FILES)
def test_file_loads_nothing_from_another_host(path):
    text = (ROOT / path).read_text("utf-8")

    assert not [address for address in loaded(text) if FOREIGN.match(address)]


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.test/a.js"></script>',
        "<script defer\n  src=//cdn.test/a.js></script>",
        '<link rel="stylesheet" href="https://cdn.test/a.css">',
        '@import "https://cdn.test/a.css";',
        "@import url(https://cdn.test/a.css);",
        'src: url("https://cdn.test/a.woff2")',
        'import { a } from "https://cdn.test/a.js";',
        'await import("https://cdn.test/a.js")',
    ],
)
def test_address_of_another_host_is_seen(text):
    assert [address for address in loaded(text) if FOREIGN.match(address)]


@pytest.mark.parametrize(
    "text",
    [
        '<a href="https://channels.readthedocs.io/">Channels</a>',
        "<script src=\"{% static 'a.js' %}\"></script>",
        '<script src="http://localhost:8000/a.js"></script>',
        'import { a } from "./a.js";',
    ],
)
def test_address_that_loads_nothing_foreign_is_none(text):
    assert not [address for address in loaded(text) if FOREIGN.match(address)]

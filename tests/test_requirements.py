"""What the steps and pages need is pinned, and nothing comes from another host."""

import hashlib
import re
import shlex
import subprocess
import sys
import zipfile
from importlib.metadata import distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import noxfile
from tools.chain.requirements import entries
from tools.chain.steps import ROOT, all_steps

LIVE = all_steps()[-1].folder
LOCKS = ["requirements.txt", "bench/requirements.txt"]
LOCKS += [(LIVE / "requirements.txt").relative_to(ROOT).as_posix()]
# Where the image of the last step runs.
IMAGE = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.13.0",
    "python_version": "3.13",
    "sys_platform": "linux",
}

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
    kept = [line for line in lines if not line.strip().startswith("#")]
    text = "\n".join(kept).strip()
    return text.replace(" \\\n    ", "  ").split("\n")


@pytest.mark.parametrize("path", LOCKS)
def test_requirement_is_pinned_to_files_with_their_hashes(path):
    pinned = re.compile(r"[\w.-]+==\d[\w.]*( ; .+?)?(  --hash=sha256:[0-9a-f]{64})+")

    assert [line for line in requirements(path) if not pinned.fullmatch(line)] == []


def plant(folder, name: str, version: str):
    """Put a package into a folder, as somebody might who wants it to be installed."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        info = f"{name}-{version}.dist-info"
        wheel.writestr("planted.py", "")
        wheel.writestr(
            f"{info}/METADATA",
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        )
        wheel.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr(f"{info}/RECORD", "planted.py,,\n")
    return path


@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
def test_package_is_installed_by_its_hash_alone(tmp_path, right):
    planted = plant(tmp_path, "planted", "1.0")
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


@pytest.fixture(scope="module")
def pip(tmp_path_factory):
    """A pip of its own, as the image of the last step has one."""
    folder = tmp_path_factory.mktemp("image")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return next(folder.glob("*/pip*")).with_name("pip")


@pytest.fixture
def build_image(pip, tmp_path):
    """Install a lock as the Dockerfile says, where all files but one are out of reach."""
    lines = (LIVE / "Dockerfile").read_text("utf-8").split("\n")
    (command,) = [shlex.split(line)[1:] for line in lines if "pip install" in line]
    plant(tmp_path, "whitenoise", dict(locked())["whitenoise"])

    def install(lock: str):
        (tmp_path / "requirements.txt").write_text(lock, "utf-8")
        options = ["--no-index", "--find-links", ".", "--target", "there"]
        return subprocess.run(
            [pip, *command[1:], *options], cwd=tmp_path, capture_output=True, text=True
        )

    return install


def locked(path=LIVE / "requirements.txt") -> set[tuple[str, str]]:
    """Give the names and versions of a file of requirements."""
    return {(name, version) for name, version, _ in entries(path.read_text("utf-8"))}


def test_image_refuses_a_package_that_somebody_exchanged(build_image):
    path = (LIVE / "requirements.txt").relative_to(ROOT)
    (line,) = [x for x in requirements(path) if x.startswith("whitenoise==")]

    done = build_image(line)

    assert done.returncode
    assert "DO NOT MATCH THE HASHES" in done.stderr


def test_image_refuses_a_package_without_a_hash(build_image):
    version = dict(locked())["whitenoise"]

    done = build_image(f"whitenoise=={version}")

    assert done.returncode
    assert "Hashes are required in --require-hashes mode" in done.stderr


def test_image_takes_a_package_with_its_hash(build_image, tmp_path):
    (planted,) = tmp_path.glob("*.whl")
    digest = hashlib.sha256(planted.read_bytes()).hexdigest()
    version = dict(locked())["whitenoise"]

    done = build_image(f"whitenoise=={version} --hash=sha256:{digest}")

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "there" / "planted.py").exists()


def test_image_has_the_packages_that_were_tested():
    root = entries((ROOT / "requirements.txt").read_text("utf-8"))
    image = entries((LIVE / "requirements.txt").read_text("utf-8"))

    assert len(image) > 20
    assert [entry for entry in image if entry not in root] == []


def test_image_has_all_that_is_asked_for_and_what_that_needs():
    """pip refuses a lock in which one is missing; the packages here say what they need."""
    asked = (LIVE / "requirements.in").read_text("utf-8").split("\n")[:-1]
    needed, left = set(), [Requirement(line) for line in asked]
    while left:
        each = left.pop()
        new = {(canonicalize_name(each.name), extra) for extra in ["", *each.extras]}
        for name, extra in new - needed:
            wanted = map(Requirement, distribution(name).requires or [])
            left += [x for x in wanted if is_for_image(x, extra)]
        needed |= new

    assert locked(LIVE / "requirements.in") <= locked()
    assert {name for name, _ in needed} <= {name for name, _ in locked()}


def is_for_image(wanted: Requirement, extra: str) -> bool:
    return not wanted.marker or wanted.marker.evaluate(IMAGE | {"extra": extra})


def test_lock_is_for_the_python_of_the_image():
    dockerfile = (LIVE / "Dockerfile").read_text("utf-8")
    (version,) = re.findall(r"^FROM python:([\d.]+)", dockerfile)

    lock = (LIVE / "requirements.txt").read_text("utf-8")

    assert f" --python-version {version} " in lock.split("\n")[1]
    assert version == IMAGE["python_version"]


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

"""A tutorial of one step that is a Django project as small as can be."""

from pathlib import Path

from tools.chain.steps import Step, all_steps

SETTINGS = """\
from pathlib import Path

SECRET_KEY = "x"
INSTALLED_APPS = ["core"]
ROOT_URLCONF = "core.urls"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path(__file__).parent.parent / "db.sqlite3",
    }
}
"""
TESTS = """\
from core.work import double


def test_double_of_two_is_four():
    assert double(2) == 4


def test_double_of_none_is_none():
    assert double(0) == 0
"""
PAGE = """\
---
title: Pocket
part: I
minutes: 1
---

## The work

```change
path: core/work.py
```

## The rest

```change
path: core/settings.py
```

## Traps

It is none: `test_double_of_none_is_none`.
"""
FILES = {
    "manage.py": "",
    "pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = core.settings\npythonpath = .\n",
    "core/__init__.py": "",
    "core/settings.py": SETTINGS,
    "core/urls.py": "urlpatterns = []\n",
    "core/work.py": "def double(number):\n    return 2 * number\n",
    "tests/conftest.py": "",
    "tests/test_work.py": TESTS,
}


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write files into a folder, and give the folder."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


def make(root: Path) -> Step:
    """Make the tutorial; give its step."""
    write(root / "steps" / "01_pocket", FILES)
    write(root / "docs", {"01_pocket.md": PAGE})
    return all_steps(root)[0]

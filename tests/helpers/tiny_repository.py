"""A tutorial of two tiny steps, whole enough for every tool of the repository."""

from pathlib import Path

import markdown
import yaml
from bs4 import BeautifulSoup
from mkdocs.utils.yaml import get_yaml_loader

from tools.chain.changes import Change, changes
from tools.chain.git import git
from tools.chain.steps import ROOT, all_steps, split_front_matter
from tools.proof.replay import faults

MANAGE = """\
import sys
from pathlib import Path

Path(sys.argv[1]).write_text("made\\nby a command\\n")
"""
APP = """\
import json


class Notes:
    \"\"\"All notes.\"\"\"

    def __init__(self):
        self.notes = []

    def add(self, text):
        self.notes.append(text)

    def dump(self):
        return json.dumps(self.notes)


class Reader:
    def read(self, notes):
        return notes.dump()
"""
NAMES = "alice = 1\nbob = 2\ncarol = 3\ndave = 4\nerin = 5\n"
PAGE = """\
<ul>
  {% for note in notes %}<li>{{ note }}</li>{% endfor %}
</ul>
"""
FIRST = {
    "manage.py": MANAGE,
    "notes/__init__.py": "",
    "notes/app.py": APP,
    "notes/names.py": NAMES,
    "notes/unused.py": "unused = True\n",
    "notes/templates/page.html": PAGE,
}
SECOND = {
    "manage.py": MANAGE,
    "notes/__init__.py": "",
    "notes/app.py": APP.replace("append(text)", "append(text.strip())").replace(
        "return notes.dump()", "for note in notes.notes:\n            yield note"
    ),
    "notes/people.py": NAMES.replace("5", "6"),
    "notes/empty/__init__.py": "",
    "notes/new.py": 'new = """\n\n  café <&> \n"""\n',
    "notes/templates/page.html": PAGE.replace("<ul>", '<ul class="notes">'),
}
# Fences that show each change once.
PAGES = {
    "01_first": [{"path": path} for path in FIRST],
    "02_second": [
        {"path": "notes/app.py", "in": "Notes.add"},
        {"path": "notes/app.py", "in": "Reader"},
        {"path": "notes/people.py"},
        {"path": "notes/unused.py"},
        {"path": "notes/empty/__init__.py"},
        {"path": "notes/new.py"},
        {"path": "notes/templates/page.html", "line": 'class="notes"'},
    ],
}


def fence(kind: str, **wanted) -> str:
    """Give the Markdown of a fence."""
    return f"``` {kind}\n{yaml.safe_dump(wanted, allow_unicode=True)}```\n"


class Repository:
    """Two steps and their pages in a folder of their own, for a test to play with."""

    def __init__(self, root: Path):
        self.root = root

    def fill(self) -> None:
        """Make the steps and the pages."""
        git("init", "--quiet", "--template=", cwd=self.root)
        self.write(".gitignore", "__pycache__/\n*.sqlite3\n")
        for name, files in (("01_first", FIRST), ("02_second", SECOND)):
            for path, text in files.items():
                self.write(f"steps/{name}/{path}", text)
            fences = [fence("change", **wanted) for wanted in PAGES[name]]
            self.write_page(name, "\n".join(fences))

    def write(self, path: str, content: str | bytes) -> Path:
        """Write a file of the repository, exactly so."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that stands once in a file."""
        text = (self.root / path).read_text("utf-8")
        assert text.count(old) == 1, f"{path} has {text.count(old)} times {old!r}"
        self.write(path, text.replace(old, new))

    def write_page(self, name: str, body: str) -> None:
        """Write a step's page: front matter of five lines, an empty one, the body."""
        title = name.partition("_")[2].capitalize()
        meta = f"title: {title}\npart: I\nminutes: 5\nidea: One.\nshows: A note.\n"
        self.write(f"docs/{name}.md", f"---\n{meta}---\n\n{body}")

    def changes(self) -> dict[str, Change]:
        """Give what changes in the second step, by path."""
        return {change.path: change for change in changes(*all_steps(self.root))}

    def html(self, name: str) -> str:
        """Give a page as mkdocs.yml has it made."""
        text = (self.root / "docs" / f"{name}.md").read_text("utf-8")
        return self.render(split_front_matter(text)[1])

    def render(self, body: str) -> str:
        """Give a text as mkdocs.yml has it made."""
        names, options = _markdown(self.root)
        return markdown.markdown(body, extensions=names, extension_configs=options)

    def soup(self, body: str) -> BeautifulSoup:
        """Write the second step's page and give it as it is made."""
        self.write_page("02_second", body)
        return BeautifulSoup(self.html("02_second"), "html.parser")

    def build(self) -> None:
        """Make the whole site."""
        for step in all_steps(self.root):
            self.write(f"site/{step.name}.html", self.html(step.name))

    def faults(self) -> list[str]:
        """Give what the proof finds wrong with the site."""
        return faults(self.root / "site", self.root)


def _markdown(root: Path) -> tuple[list[str], dict]:
    """The extensions of mkdocs.yml and their options, for another repository."""
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    listed = yaml.load(text, Loader=get_yaml_loader())["markdown_extensions"]
    options: dict = {}
    for each in listed:
        options |= each if isinstance(each, dict) else {each: {}}
    return list(options), options | {"tools.site.page": {"root": str(root)}}

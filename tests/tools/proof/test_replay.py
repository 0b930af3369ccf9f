"""The proof finds everything by which a built page leads away from its step."""

import shutil
import subprocess
import sys
from copy import copy

import pytest
from bs4 import BeautifulSoup

from tests.helpers.tiny_repository import PAGES, SECOND, Repository, fence
from tools.chain.steps import step_files
from tools.proof import replay

FOLDER, SITE = "steps/02_second", "site/02_second.html"
# Parts of the second page's HTML, each there once.
ADDED = '<ins class="line" data-op="+" data-new="5">'
REMOVED = '<del class="line" data-op="-" data-old="5">'
KEPT = '<span class="line" data-op=" " data-old="10" data-new="10">'
BLANK = '<ins class="line" data-op="+" data-new="2"></'
EMPTY = "(an empty file)"
FROM = 'data-from="notes/names.py"'
STEP, NEW = 'data-step="02_second"', 'data-path="notes/new.py"'


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A tiny tutorial with its built site, for others to copy."""
    tiny = Repository(tmp_path_factory.mktemp("template"))
    tiny.fill()
    tiny.build()
    return tiny


@pytest.fixture
def built(template, tmp_path):
    """A tiny tutorial with its built site, to be broken."""
    shutil.copytree(template.root, tmp_path, dirs_exist_ok=True)
    return Repository(tmp_path)


def prove(repository, changes, *generated):
    """Build the site with other fences on the second page; give the proof's faults."""
    fences = [fence("change", **each) for each in changes]
    fences += [fence("generated", **each) for each in generated]
    repository.write_page("02_second", "\n".join(fences))
    repository.build()
    return repository.faults()


@pytest.fixture
def generate(repository):
    """Build a site whose second step has a file that a command makes."""

    def build(command: str, text: str = "made\nby a command\n"):
        repository.write(f"{FOLDER}/made.txt", text)
        made = {"command": command, "paths": ["made.txt"]}
        return prove(repository, PAGES["02_second"], made)

    return build


def test_new_file_may_be_shown_in_pieces_whose_lines_come_later(repository):
    repository.write(f"{FOLDER}/apps.py", 'apps = [\n    "late",\n    "chat",\n]\n')
    late = {"from": "late", "to": "late"}
    pieces = [{"except": [late]}, late]
    wanted = [{"path": "apps.py"} | piece for piece in pieces]

    assert prove(repository, [*PAGES["02_second"], *wanted]) == []


def test_right_site_has_no_faults(built):
    assert built.faults() == []


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("notes/app.py", "text.strip()", "text.lower()"),
        ("notes/app.py", "import json", "import orjson as json"),
        ("notes/new.py", "café", "cafe"),
        ("notes/people.py", "alice = 1", "alice = 7"),
        ("manage.py", "import sys", "import sys as sys"),
        ("notes/templates/page.html", "</ul>\n", "</ul>\n\n"),
    ],
)
def test_line_changed_in_the_step_alone_is_a_fault(built, path, old, new):
    built.edit(f"{FOLDER}/{path}", old, new)

    faults = built.faults()

    assert any(fault.startswith(f"02_second: {path}: ") for fault in faults)


def test_line_changed_in_the_step_before_alone_is_a_fault(built):
    built.edit("steps/01_first/notes/app.py", "import json", "import orjson")

    faults = "\n".join(built.faults())

    assert "01_first: notes/app.py: " in faults
    assert "02_second: notes/app.py: " in faults


@pytest.mark.parametrize("number", range(len(PAGES["02_second"])))
def test_fence_that_is_removed_is_a_fault(repository, number):
    fences = [fence("change", **wanted) for wanted in PAGES["02_second"]]
    del fences[number]
    repository.write_page("02_second", "\n".join(fences))
    repository.build()

    path = PAGES["02_second"][number]["path"]

    assert any(f"{path}: " in f or f"{path} is" in f for f in repository.faults())


@pytest.mark.parametrize("number", range(len(PAGES["02_second"])))
def test_fence_that_is_doubled_is_a_fault(built, number):
    wanted = PAGES["02_second"][number]
    built.write_page("02_second", fence("change", **wanted))
    again = built.html("02_second")
    built.edit(SITE, "minutes</p>\n", f"minutes</p>\n{again}\n")

    assert any(
        wanted["path"] in fault and "is shown 2 times, not 1" in fault
        for fault in built.faults()
    )


@pytest.mark.parametrize("text", ["new\n", ""])
def test_file_that_is_added_to_the_step_is_a_fault(built, text):
    built.write(f"{FOLDER}/notes/added.py", text)

    assert "02_second: notes/added.py: the page does not lead to" in "\n".join(
        built.faults()
    )


@pytest.mark.parametrize(
    "path",
    ["notes/app.py", "notes/new.py", "notes/empty/__init__.py", "notes/__init__.py"],
)
def test_file_that_is_deleted_from_the_step_is_a_fault(built, path):
    (built.root / FOLDER / path).unlink()

    assert any(path in fault for fault in built.faults())


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        # The number of an added line, of a removed one, of one that stays.
        (ADDED, ADDED.replace("5", "6"), "notes/people.py: +6 “erin = 6” is shown"),
        (REMOVED, REMOVED.replace("5", "6"), "notes/people.py: -6 “erin = 5” is shown"),
        (
            KEPT,
            KEPT.replace('old="10"', 'old="8"'),
            "notes/app.py: line 8 is not “    ",
        ),
        (KEPT, KEPT.replace('new="10"', 'new="6"'), "line 10 does not become line 6"),
        (
            KEPT,
            KEPT.replace('"10"', '"99"'),
            "notes/app.py: its lines are in the wrong order",
        ),
        (ADDED, ADDED.replace(' data-new="5"', ""), "data-new"),
        (ADDED, ADDED.replace('"5"', '"five"'), "five"),
        # The text of a line, an empty one and an empty file's among them.
        (f"{ADDED}erin", f"{ADDED}irene", "+5 “irene = 6” is shown"),
        (ADDED, f"{ADDED} ", "notes/people.py: +5 “ erin = 6” is shown 1 times, not 0"),
        (KEPT, f"{KEPT} ", "notes/app.py: line 10 is not “     def add"),
        (BLANK, BLANK.replace("</", " </"), "notes/new.py: +2 “ ” is shown"),
        (EMPTY, '<b data-op="+" data-new="1">x</b>', "notes/empty/__init__.py: +1 “x”"),
        # What a line or a file is.
        (ADDED, ADDED.replace('"+"', '"?" data-old="6"'), "notes/people.py: ?6 "),
        ('"notes/new.py" data', '"notes/old.py" data', "notes/old.py: its status"),
        (NEW, "", "data-path"),
        (FROM, 'data-from="notes/unused.py"', "notes/people.py: its status is not R"),
        (FROM, "", "data-from"),
        (
            f"{STEP} {NEW}",
            f'data-step="01_first" {NEW}',
            "notes/new.py: belongs to 01_first",
        ),
    ],
)
def test_html_that_is_altered_is_a_fault(built, old, new, fault):
    built.edit(SITE, old, new)

    faults = built.faults()

    assert all(each.startswith("02_second: ") for each in faults)
    assert any(fault in each for each in faults)


@pytest.mark.parametrize(
    ("path", "status", "wrong"),
    [
        (path, status, wrong)
        for path, status in {
            "notes/new.py": "A",
            "notes/empty/__init__.py": "A",
            "notes/templates/page.html": "M",
            "notes/unused.py": "D",
            "notes/people.py": "R",
        }.items()
        for wrong in "AMDX".replace(status, "")
    ],
)
def test_status_that_is_altered_is_a_fault(built, path, status, wrong):
    right = f'data-path="{path}" data-status="{status}"'
    built.edit(SITE, right, f'data-path="{path}" data-status="{wrong}"')

    assert f"02_second: {path}: its status is not {wrong}" in built.faults()


def test_renaming_that_is_none_is_a_fault(built):
    path = "notes/templates/page.html"
    right = f'data-path="{path}" data-status="M"'
    built.edit(SITE, right, f'data-path="{path}" data-status="R" data-from="{path}"')

    assert built.faults() == [f"02_second: {path}: its status is not R"]


def test_lines_in_another_order_are_a_fault(built):
    lines = (built.root / SITE).read_text("utf-8").split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith(ADDED))
    lines[at - 1], lines[at - 2] = lines[at - 2], lines[at - 1]
    built.write(SITE, "\n".join(lines))

    assert "notes/people.py: its lines are in the wrong order" in "\n".join(
        built.faults()
    )


def test_change_of_a_file_that_does_not_change_is_a_fault(built):
    line = '<span data-op=" " data-old="1" data-new="1">import sys</span>'
    element = f'data-step="02_second" data-path="manage.py" data-status="M">{line}'
    built.edit(
        SITE, "minutes</p>\n", f'minutes</p>\n<pre class="change" {element}</pre>\n'
    )

    assert built.faults() == ["02_second: manage.py: its status is not M"]


def test_page_that_is_missing_is_a_fault(built):
    (built.root / SITE).unlink()

    assert built.faults() == ["02_second: has no page 02_second.html"]


def test_page_of_another_step_is_a_fault(built):
    built.write(SITE, (built.root / "site/01_first.html").read_bytes())

    assert "02_second: notes/app.py: belongs to 01_first" in built.faults()


def test_main_prints_the_faults_and_counts_them(built, monkeypatch, capsys):
    monkeypatch.setattr(replay, "ROOT", built.root)
    monkeypatch.setattr(replay.faults, "__defaults__", (built.root,))
    (built.root / SITE).unlink()

    assert replay.main() == 1

    printed = capsys.readouterr()
    assert printed.err == "02_second: has no page 02_second.html\n"
    assert printed.out.endswith(" and found 1 faults\n")


def test_file_that_the_command_makes_is_right(generate):
    assert generate("python manage.py made.txt") == []


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("python manage.py other.txt", "does not make it"),
        ("python manage.py", "does not make it: Traceback"),
        ('python -c \'open("made.txt", "w")\'', "makes another file"),
        ("npm init", "it starts with none of python, django-admin"),
        ("", "it starts with none of python, django-admin"),
    ],
)
def test_file_that_the_command_does_not_make_so_is_a_fault(generate, command, reason):
    (fault,) = generate(command)

    assert fault.startswith("02_second: made.txt: ")
    assert reason in fault


def test_file_that_the_command_makes_differently_is_a_fault(generate):
    (fault,) = generate("python manage.py made.txt", "made\nby hand\n")

    assert fault.startswith("02_second: made.txt: ")
    assert fault.endswith("makes another file")


def test_date_that_a_command_writes_is_no_fault(generate):
    command = (
        "python -c \"open('made.txt', 'w').write('# Generated by Django 1\\nx\\n')\""
    )

    assert generate(command, "# Generated by Django 5.2 on 2026-11-22\nx\n") == []


@pytest.mark.parametrize(
    ("answers", "wrong"), [(["1", '"a"'], False), (["1"], True), ([], True)]
)
def test_command_that_asks_gets_the_answers_of_the_page(repository, answers, wrong):
    repository.write(f"{FOLDER}/made.txt", '1"a"\n')
    code = "text = input() + input(); print(text, file=open('made.txt', 'w'))"
    made = {"command": f'python -c "{code}"', "answers": answers, "paths": ["made.txt"]}

    found = prove(repository, PAGES["02_second"], made)

    assert bool(found) == wrong


def test_generated_file_that_is_shown_as_well_is_a_fault(generate, repository):
    generate("python manage.py made.txt")
    shown = repository.soup(fence("change", path="made.txt")).select_one(".change")
    repository.edit(SITE, "</p>\n\n", f"</p>\n{shown}\n")

    assert any("made.txt: +1 “made” is shown" in fault for fault in repository.faults())


@pytest.fixture
def started(repository):
    """A first step that starts with what django-admin makes."""
    step = repository.root / "steps/01_first"
    (step / "manage.py").unlink()
    command = [sys.executable, "-m", "django", "startproject", "core", "."]
    subprocess.run(command, cwd=step, check=True)
    # Django's own settings hold a secret: a page shows them.
    repository.write("steps/01_first/core/settings.py", "DEBUG = True\n")
    made = ["manage.py", "core/__init__.py", "core/asgi.py", "core/urls.py"]
    made.append("core/wsgi.py")
    block = fence("generated", command="django-admin startproject core .", paths=made)
    shown = [path for path in step_files(step) if path not in made]
    changes = [fence("change", path=path) for path in shown]
    repository.write_page("01_first", "\n".join([block, *changes]))
    return repository


def test_first_step_may_start_with_what_django_makes(started):
    started.build()

    assert not [fault for fault in started.faults() if "01_first" in fault]


def test_file_that_django_makes_differently_is_a_fault(started):
    started.edit("steps/01_first/core/urls.py", "urlpatterns = [", "urlpatterns = [  #")
    started.build()

    assert [fault for fault in started.faults() if "01_first" in fault] == [
        "01_first: core/urls.py: “django-admin startproject core .” makes another file"
    ]


LINES = [
    (path, number)
    for path, text in SECOND.items()
    for number, _ in enumerate(text.splitlines())
]
# What can happen to a line, the kinds that nobody sees among them.
ACCIDENTS = {
    "is gone": lambda line: "",
    "is doubled": lambda line: line * 2,
    "has a space at its end": lambda line: f"{line[:-1]} \n",
    "has a tab": lambda line: f"\t{line}",
    "has a space without width": lambda line: f"\u200b{line}",
    "has a Windows line ending": lambda line: f"{line[:-1]}\r\n",
    "is followed by an empty one": lambda line: f"{line}\n",
}


def with_accident(text: str, number: int, accident: str) -> str:
    lines = text.splitlines(keepends=True)
    lines[number] = ACCIDENTS[accident](lines[number])
    return "".join(lines)


@pytest.mark.parametrize("accident", ACCIDENTS)
@pytest.mark.parametrize(
    ("path", "number"), [LINES[0], LINES[len(LINES) // 2], LINES[-1]]
)
def test_accident_of_a_line_of_the_step_is_a_fault(built, path, number, accident):
    text = with_accident(SECOND[path], number, accident)
    built.write(f"{FOLDER}/{path}", text)

    assert any(path.rpartition("/")[2] in fault for fault in built.faults())


@pytest.mark.parametrize("accident", ["is gone", "is doubled", "is another"])
def test_accident_of_any_line_that_the_page_shows_is_a_fault(built, accident):
    page = (built.root / SITE).read_text("utf-8")
    count = len(BeautifulSoup(page, "html.parser").select("[data-op]"))
    missed = []
    for number in range(count):
        soup = BeautifulSoup(page, "html.parser")
        line = soup.select("[data-op]")[number]
        # A line that does not change helps to find the place: it may be left out.
        may = accident == "is gone" and line["data-op"] == " "
        if accident == "is gone":
            line.decompose()
        elif accident == "is doubled":
            line.insert_after(copy(line))
        else:
            line.append("#")
        built.write(SITE, str(soup))
        if not may and not built.faults():
            missed.append(number)

    assert count > 20
    assert not missed


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("notes/app.py", "notes/application.py"),
        ("notes/new.py", "notes/New.py"),
        ("notes/empty/__init__.py", "notes/full/__init__.py"),
    ],
)
def test_file_that_is_renamed_in_the_step_alone_is_a_fault(built, old, new):
    target = built.root / FOLDER / new
    target.parent.mkdir(exist_ok=True)
    (built.root / FOLDER / old).rename(target)

    faults = "\n".join(built.faults())

    assert f"02_second: {old}: the page does not lead to the step's file" in faults
    assert f"02_second: {new}: the page does not lead to the step's file" in faults


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe", "new.py is not UTF-8 text"),
        (b"\x89PNG\r\n\x1a\n\0", "new.py is not UTF-8 text"),
        (b"new = 1", "the last line of new.py has no line break at its end"),
        (b"new = 1\r\n", "new.py has Windows line endings"),
    ],
)
def test_file_that_no_page_can_show_is_a_fault(built, content, reason):
    built.write(f"{FOLDER}/notes/new.py", content)

    assert f"02_second: {reason}" in built.faults()


def test_pages_that_are_swapped_are_faults(built):
    first, second = built.root / "site/01_first.html", built.root / SITE
    texts = first.read_bytes(), second.read_bytes()
    second.write_bytes(texts[0])
    first.write_bytes(texts[1])

    faults = "\n".join(built.faults())

    assert "01_first: notes/app.py: belongs to 02_second" in faults
    assert "02_second: notes/app.py: belongs to 01_first" in faults


def test_step_between_without_a_page_is_a_fault(built):
    built.write("steps/03_third/manage.py", "")

    assert built.faults() == ["03_third: has no page 03_third.html"]


def test_step_that_is_missing_makes_the_next_one_a_fault(built):
    shutil.rmtree(built.root / "steps/01_first")

    assert any("does not fit the step before" in fault for fault in built.faults())


@pytest.fixture
def generated(generate, repository):
    """A right site whose second step has a file that a command makes."""
    assert generate("python manage.py made.txt") == []
    return repository


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            lambda element: element.decompose(),
            "made.txt: +1 “made” is shown 0 times, not 1",
        ),
        (lambda e: e.insert_after(copy(e)), "made.txt is shown 2 times, not 1"),
        (lambda e: e.attrs.update({"data-step": "01_first"}), "belongs to 01_first"),
        (lambda e: e.attrs.update({"data-path": "manage.py"}), "manage.py is shown 1"),
        (lambda e: e.attrs.pop("data-path"), "the page's HTML is broken"),
    ],
)
def test_generated_file_that_is_altered_is_a_fault(generated, change, reason):
    soup = BeautifulSoup((generated.root / SITE).read_text("utf-8"), "html.parser")
    change(soup.select_one(".generated"))
    generated.write(SITE, str(soup))

    assert any(reason in fault for fault in generated.faults())


WISH = {"path": "requirements.in"}
LOCKS = "uv pip compile --generate-hashes requirements.in -o requirements.txt"
LOCK = f"""\
# This file was autogenerated by uv via the following command:
#    {LOCKS}
django==5.2.19 \\
    --hash=sha256:{64 * "a"}
    # via -r requirements.in
"""


@pytest.fixture
def lock(repository):
    """Build a site whose second step has a lock; give the proof's faults."""

    def build(text: str = LOCK, command: str = LOCKS):
        repository.write(f"{FOLDER}/requirements.in", "Django==5.2.19\n")
        repository.write(f"{FOLDER}/requirements.txt", text)
        made = {"command": command, "paths": ["requirements.txt"]}
        return prove(repository, [*PAGES["02_second"], WISH], made)

    return build


def test_lock_that_its_command_made_has_no_faults(lock):
    assert lock() == []


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("--generate-hashes", "", "did not make it"),
        ("django==5.2.19", "django==5.2.18", "does not lock “Django==5.2.19”"),
        ("django==", "djang==", "does not lock “Django==5.2.19”"),
        (f"--hash=sha256:{64 * 'a'}", "--hash=sha256:a", "django has no hash"),
    ],
)
def test_lock_that_does_not_fit_the_page_is_a_fault(lock, old, new, reason):
    assert any(reason in fault for fault in lock(LOCK.replace(old, new)))


def test_lock_that_goes_to_another_file_is_a_fault(lock):
    command = LOCKS.replace("-o requirements.txt", "-o other.txt")
    faults = lock(LOCK.replace(LOCKS, command), command)

    assert any("writes another file" in fault for fault in faults)


def test_lock_of_a_file_that_the_page_does_not_have_is_a_fault(lock):
    command = LOCKS.replace("requirements.in", "other.in")
    faults = lock(LOCK.replace(LOCKS, command), command)

    assert any("reads a file that is not there" in fault for fault in faults)


def test_generated_file_without_its_command_is_a_fault(generated):
    soup = BeautifulSoup((generated.root / SITE).read_text("utf-8"), "html.parser")
    del soup.select_one("[data-command]")["data-command"]
    generated.write(SITE, str(soup))

    assert any("“” does not make it" in fault for fault in generated.faults())

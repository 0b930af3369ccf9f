"""The pages' code blocks show what really changes, or stop the build."""

import shutil
import textwrap

import pytest
from bs4 import BeautifulSoup
from pymdownx.superfences import SuperFencesException

from tests.helpers.tiny_repository import fence
from tools.chain.steps import all_steps, step_files
from tools.site.highlight import coloured, language_of

ADD = fence("change", path="notes/app.py", **{"in": "Notes.add"})
PEOPLE = fence("change", path="notes/people.py")
TOP = 9  # the line on which a page's body starts


def refused(repository, body: str) -> str:
    """Give the message with which a page is refused."""
    with pytest.raises(SuperFencesException) as error:
        repository.soup(body)
    return str(error.value)


def lines_of(soup) -> list[str]:
    return [line.get_text() for line in soup.select(".change [data-op]")]


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("notes/app.py", "notes/app.py"),
        ("notes/new.py", "notes/new.py (new file)"),
        ("notes/unused.py", "notes/unused.py (deleted)"),
        ("notes/people.py", "notes/names.py → notes/people.py"),
    ],
)
def test_change_has_the_path_as_its_title(repository, path, title):
    soup = repository.soup(fence("change", path=path))

    assert soup.select_one(".change .filename").get_text() == title


def test_change_may_have_a_note_in_its_title(repository):
    soup = repository.soup(fence("change", path="notes/app.py", note="1 < 2"))

    assert soup.select_one(".change .filename").get_text() == "notes/app.py (1 < 2)"


def test_change_names_step_path_and_status(repository):
    element = repository.soup(ADD).select_one(".change")

    assert element["data-step"] == "02_second"
    assert element["data-path"] == "notes/app.py"
    assert element["data-status"] == "M"
    assert "data-from" not in element.attrs


def test_change_of_a_renamed_file_names_the_old_path(repository):
    element = repository.soup(PEOPLE).select_one(".change")

    assert (element["data-status"], element["data-from"]) == ("R", "notes/names.py")


def test_change_numbers_its_lines_on_both_sides(repository):
    lines = repository.soup(PEOPLE).select(".change [data-op]")

    numbers = [(x["data-op"], x.get("data-old"), x.get("data-new")) for x in lines]

    assert numbers == [
        (" ", "3", "3"),
        (" ", "4", "4"),
        ("-", "5", None),
        ("+", None, "5"),
    ]


def test_change_tells_added_and_removed_lines_apart_by_element(repository):
    soup = repository.soup(PEOPLE)

    assert [x.get_text() for x in soup.select(".change ins")] == ["erin = 6"]
    assert [x.get_text() for x in soup.select(".change del")] == ["erin = 5"]


def test_change_of_an_empty_file_has_no_lines(repository):
    soup = repository.soup(fence("change", path="notes/empty/__init__.py"))

    assert soup.select_one(".change")["data-status"] == "A"
    assert not lines_of(soup)
    assert "(an empty file)" in soup.select_one(".change").get_text()


@pytest.mark.parametrize(
    ("path", "selector"),
    [
        ("notes/app.py", ".change ins .nb"),  # a built-in of Python's
        ("notes/templates/page.html", ".change ins .nt"),  # a tag
        ("notes/templates/page.html", ".change [data-op] .k"),  # a template's tag
    ],
)
def test_change_is_coloured_in_the_files_language(repository, path, selector):
    repository.edit("steps/02_second/notes/app.py", "yield note", "yield len(note)")

    assert repository.soup(fence("change", path=path)).select(selector)


@pytest.mark.parametrize(
    "name", ["app.py", "page.html", "app.js", "x.css", "x.unknown"]
)
def test_lines_text_is_exactly_the_files(repository, name):
    lines = [
        "",
        'x = """ <p>&amp; &</p>  ',
        "",
        "\ttab",
        " café 日本 \u2028",
        '"""',
        "",
        "",
    ]
    repository.write(f"steps/02_second/{name}", "\n".join([*lines, ""]))

    assert lines_of(repository.soup(fence("change", path=name))) == lines


def test_copy_holds_the_new_lines_alone(repository):
    repository.write("steps/02_second/a.txt", 'a = "<&>"\n\n    b\n')

    soup = repository.soup(f"{PEOPLE}\n{fence('change', path='a.txt')}")

    copied = [element["data-copy"] for element in soup.select("[data-copy]")]
    assert copied == ["erin = 6", 'a = "<&>"\n\n    b']


@pytest.fixture
def in_two_pieces(repository):
    """A page that shows a new file without a line at first, and the line later."""
    repository.write(
        "steps/02_second/apps.py", 'apps = [\n    "late",\n    "chat",\n]\n'
    )
    late = {"from": "late", "to": "late"}
    for_now = fence("change", path="apps.py", **{"except": [late]})
    return repository.soup(f"{for_now}\n{fence('change', path='apps.py', **late)}")


def test_file_without_what_comes_later_is_whole_for_now(in_two_pieces):
    block = in_two_pieces.select_one(".change")

    assert block.select_one("pre")["data-copy"] == 'apps = [\n    "chat",\n]'
    assert block.select_one(".filename").get_text() == "apps.py (new file)"
    assert not block.select(".gap")
    assert not block.find_parent(class_="tabbed-set")


def test_piece_that_was_left_out_comes_with_the_whole_file(in_two_pieces):
    (tabs,) = in_two_pieces.select(".tabbed-set")

    assert [x.get_text() for x in tabs.select("[data-op]")] == ['    "late",']
    assert '"late",\n    "chat",' in tabs.select(".tabbed-block")[1].get_text()


def test_gap_stands_between_lines_that_are_apart_and_are_not_copied(repository):
    soup = repository.soup(f"{ADD}\n{PEOPLE}")
    children = soup.select_one(".change code").select(":scope > *")

    assert [i for i, child in enumerate(children) if child["class"] == ["gap"]] == [1]
    assert ["no-copy" in each["class"] for each in soup.select(".change")] == [
        True,
        False,
    ]


def test_second_tab_holds_the_whole_file(repository):
    soup = repository.soup(ADD)

    assert [x.get_text() for x in soup.select("label")] == [
        "What changes",
        "Whole file after this step",
    ]
    whole = soup.select(".tabbed-block")[1]
    path = repository.root / "steps/02_second/notes/app.py"
    assert whole.select_one("code").get_text() == path.read_text("utf-8")
    assert len(whole.select(".hll")) == 3


def test_second_piece_of_a_file_leads_to_the_whole_project(repository):
    reader = fence("change", path="notes/app.py", **{"in": "Reader"})

    soup = repository.soup(f"{ADD}\n{reader}")

    assert len(soup.select(".tabbed-set")) == 1
    (link,) = soup.select(".change .filename a")
    assert link["href"] == "code/02_second.html#file/notes/app.py"


def test_tabs_of_two_changes_do_not_share_their_inputs(repository):
    line = 'class="notes"'
    template = fence("change", path="notes/templates/page.html", line=line)

    inputs = repository.soup(f"{ADD}\n{template}").select("input")

    assert len({each["id"] for each in inputs}) == 4
    assert len({each["name"] for each in inputs}) == 2


@pytest.mark.parametrize("path", ["notes/new.py", "notes/unused.py"])
def test_file_that_is_shown_whole_has_no_tabs(repository, path):
    assert not repository.soup(fence("change", path=path)).select(".tabbed-set")


def test_generated_names_the_command_and_its_files(repository):
    wanted = {"command": "python x.py '<'", "paths": ["notes/new.py"]}

    soup = repository.soup(fence("generated", **wanted))

    assert soup.select_one("[data-command]")["data-command"] == wanted["command"]
    element = soup.select_one(".generated")
    assert (element["data-step"], element["data-path"]) == ("02_second", "notes/new.py")


def test_generated_says_what_to_answer(repository):
    wanted = {"command": "x", "answers": ["1", '"<a>"'], "paths": ["notes/new.py"]}

    soup = repository.soup(fence("generated", **wanted))

    answers = soup.select("[data-command] ~ p > .answer")
    assert [answer.get_text() for answer in answers] == ["1", '"<a>"']


def test_generated_says_folder_by_folder_what_becomes_of_its_files(repository):
    paths = ["notes/new.py", "notes/empty/__init__.py"]
    besides = {"notes/gone.py": "delete <it>", "run.py": "replace it"}
    block = fence("generated", command="x", paths=paths, besides=besides)

    soup = repository.soup(block)

    tree = soup.select_one(".makes ~ ul")
    assert [item.get_text() for item in tree.find_all("li", recursive=False)] == [
        "run.py: replace it",
        "notes/gone.py: delete <it>new.py: keep it",
        "notes/empty/__init__.py: keep it",
    ]
    marked = [element["data-path"] for element in tree.select(".generated")]
    assert sorted(marked) == sorted(paths)


def test_clone_names_the_address_that_the_site_is_built_with(repository, monkeypatch):
    monkeypatch.setenv("REPO_URL", "https://example.org/a&b")

    soup = repository.soup("``` clone\n```\n")

    command = "git clone https://example.org/a&b realtime-django\ncd realtime-django\n"
    assert soup.select_one("pre code").get_text() == command
    assert "in place of" not in soup.get_text()


def test_clone_says_what_to_type_then(repository):
    code = repository.soup(fence("clone", then=["a <b>", "c"])).select_one("pre code")

    assert code.get_text().endswith("\ncd realtime-django\na <b>\nc\n")


@pytest.mark.parametrize("address", [None, ""])
def test_clone_without_an_address_says_what_to_put_there(
    repository, monkeypatch, address
):
    monkeypatch.delenv("REPO_URL", raising=False)
    if address is not None:
        monkeypatch.setenv("REPO_URL", address)

    soup = repository.soup("``` clone\n```\n")

    assert soup.select_one("pre code").get_text().startswith("git clone REPOSITORY ")
    assert "address in place of REPOSITORY" in soup.get_text()


def test_install_pins_what_requirements_pin(repository):
    pins = "# by uv\nchannels==4.3.2\ntzdata==2026.6 ; sys_platform == 'win32'\n"
    repository.write("requirements.txt", pins)

    soup = repository.soup(fence("install", packages=["channels[daphne]", "tzdata"]))

    command = 'python -m pip install "channels[daphne]==4.3.2" tzdata==2026.6\n'
    assert soup.select_one("code").get_text() == command


def test_recorded_shows_the_recordings_text(repository):
    repository.write("docs/recorded/02_second/out.txt", "a <b> &\n\n  c\n")

    soup = repository.soup(fence("recorded", file="out.txt", title="Output"))

    assert soup.select_one(".filename").get_text() == "Output"
    assert soup.select_one("code").get_text() == "a <b> &\n\n  c\n"


def test_steps_is_a_table_of_all_steps(repository):
    rows = repository.soup(fence("steps")).select("tbody tr")

    assert rows[1].select_one("a")["href"] == "02_second.html"
    cells = [cell.get_text() for cell in rows[1].select("td")]
    assert cells == ["2. Second", "One.", "A note."]


def test_steps_says_how_hard_each_is_and_shows_code_as_code(repository):
    repository.edit("docs/01_first.md", "title:", "hard: gentle\ntitle:")
    repository.edit("docs/01_first.md", "One.", "One `idea`.")

    step, idea, _ = repository.soup(fence("steps")).select("tbody tr")[0].select("td")

    assert step.select_one(".hard").get_text() == "gentle"
    assert idea.decode_contents() == "One <code>idea</code>."


def test_teaching_has_the_minutes_and_notes_of_all_steps(repository):
    repository.edit("docs/01_first.md", "title:", "notes: Show <b>.\ntitle:")

    table = repository.soup(fence("teaching")).select_one("table")

    rows = [[td.get_text() for td in tr.select("td")] for tr in table.select("tr")]
    assert rows[1:] == [
        ["1. First", "5", "Show <b>."],
        ["2. Second", "5", ""],
        ["All", "10", ""],
    ]
    assert [a["href"] for a in table.select("a")] == ["01_first.html", "02_second.html"]


def test_page_tells_which_step_it_is(repository):
    progress = repository.soup("Text.\n").select_one(".progress").get_text()

    assert progress == "Step 2 of 2 · Part I · about 5 minutes"


def test_page_tells_how_hard_it_is_and_what_it_leaves_out(repository):
    repository.write_page("02_second", "Text.\n")
    more = "hard: moderate\nleaves_out: The `<b>`, see step 3.\ntitle:"
    repository.edit("docs/02_second.md", "title:", more)

    soup = BeautifulSoup(repository.html("02_second"), "html.parser")

    assert soup.select_one(".progress").get_text().endswith(" minutes, moderate")
    said = soup.select_one(".leaves-out").decode_contents()
    assert said.endswith("</strong> The <code>&lt;b&gt;</code>, see step 3.")


def test_page_leads_to_every_step_and_marks_where_it_is(repository):
    links = repository.soup("Text.\n").select(".trail a")

    assert [(a["href"], a["title"]) for a in links] == [
        ("01_first.html", "1. First"),
        ("02_second.html", "2. Second"),
    ]
    assert [a.get("aria-current") for a in links] == [None, "page"]
    assert [a.parent.get("class") for a in links] == [["done"], None]


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        (fence("change"), "“path” is missing"),
        (fence("change", path="nowhere.py"), "nowhere.py does not change in 02_second"),
        (fence("change", path="manage.py"), "manage.py does not change"),
        (fence("change", path=["notes/app.py"]), ""),
        (fence("change", path="notes/app.py", line="import"), "stands nowhere"),
        (fence("change", path="notes/app.py", line="append"), "stands 2 times"),
        (
            fence("change", path="notes/app.py", **{"in": "Gone"}),
            "no function, class or variable",
        ),
        (fence("change", path="notes/templates/page.html", **{"in": "ul"}), "Python"),
        (fence("change", path="notes/app.py", lines="1-3"), "needs “in”"),
        ("``` change\nnotes/app.py\n```\n", "needs “key: value” lines"),
        ("``` change\n- path: notes/app.py\n```\n", "needs “key: value” lines"),
        ("``` change\npath: [\n```\n", ""),
        (fence("generated", command="python x.py"), "“paths” is missing"),
        (fence("generated", command="python x.py", paths=None), ""),
        (fence("generated", command="x", paths=["gone.py"]), "gone.py does not change"),
        (fence("recorded", file="gone.txt"), "no recording 02_second/gone.txt"),
        (
            fence("picture", name="gone", alt="?"),
            "no recording 02_second/gone-light.png",
        ),
        (fence("picture", name="broken", alt="?"), ""),
    ],
)
def test_mistake_stops_the_build_with_page_and_line(repository, block, reason):
    repository.write("docs/recorded/02_second/broken-light.png", "no picture")

    message = refused(repository, f"# Title\n\n{PEOPLE}\n{block}")

    language = block.split()[1]
    line = TOP + 6
    assert message.startswith(f"docs/02_second.md:{line}: {language}: ")
    assert reason in message


def test_mistake_in_a_block_that_starts_like_another_is_reported_on_its_line(
    repository,
):
    longer = "``` change\npath: notes/app.py\n\nin: Notes.add\n```\n"
    shorter = "``` change\npath: notes/app.py\n```\n"

    message = refused(repository, f"{longer}\n{shorter}")

    assert message.startswith(f"docs/02_second.md:{TOP + 6}: ")
    assert f"is shown on line {TOP} already" in message


def test_doubled_change_stops_the_build_at_the_second(repository):
    message = refused(repository, f"{ADD}\n{PEOPLE}\n{ADD}")

    assert message.startswith(f"docs/02_second.md:{TOP + 9}: ")
    assert f"is shown on line {TOP} already" in message


def test_change_of_a_part_that_is_shown_already_stops_the_build(repository):
    whole = fence("change", path="notes/app.py")

    message = refused(repository, f"{ADD}\n{whole}")

    assert message.startswith(f"docs/02_second.md:{TOP + 5}: ")


def test_file_that_cannot_be_shown_stops_the_build(repository):
    repository.write("steps/02_second/notes/new.py", "no end")

    message = refused(repository, PEOPLE)

    assert "the last line of new.py has no line break at its end" in message


def test_repository_without_git_stops_the_build(repository):
    shutil.rmtree(repository.root / ".git")

    assert "git" in refused(repository, PEOPLE)


def test_text_of_no_page_stops_the_build(repository):
    with pytest.raises(
        SuperFencesException, match="change: the text is that of no page"
    ):
        repository.render(PEOPLE)


@pytest.mark.parametrize("start", ["??? note\n", '=== "Tab"\n', "1. One\n", "- One\n"])
def test_change_inside_another_block_is_shown(repository, start):
    soup = repository.soup(f"{start}\n{textwrap.indent(PEOPLE, '    ')}")

    assert lines_of(soup)[-1] == "erin = 6"


@pytest.mark.parametrize("start", ["??? note\n", '=== "Tab"\n'])
def test_mistake_inside_another_block_is_reported_on_its_line(repository, start):
    block = textwrap.indent(fence("change", path="gone.py"), "    ")

    message = refused(repository, f"{start}\n{block}")

    assert message.startswith(f"docs/02_second.md:{TOP + 2}: ")


@pytest.mark.parametrize("path", step_files(all_steps()[-1].folder))
def test_colours_leave_the_text_of_this_repository_alone(path):
    text = (all_steps()[-1].folder / path).read_text("utf-8")

    html = coloured(text, language_of(path))

    soups = [BeautifulSoup(f"<pre>{line}</pre>", "html.parser") for line in html]
    assert [soup.get_text() for soup in soups] == text.split("\n")[:-1]

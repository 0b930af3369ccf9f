"""A page chooses a piece of a change by what it means."""

import pytest

from tests.helpers.tiny_repository import APP
from tools.site.selection import SelectionError, select, with_context

BOTH = """\
class Notes:
    # its notes

    def add(self):
        one = 1
        same = 2
        two = 2


@decorated
def add():
    pass
"""


@pytest.fixture
def app(repository):
    """Give the change of a Python file from one text to another."""

    def change(old: str, new: str, path: str = "notes/app.py"):
        repository.write(f"steps/01_first/{path}", old)
        repository.write(f"steps/02_second/{path}", new)
        return repository.changes()[path]

    return change


def texts(change, indexes) -> list[str]:
    return [f"{change.lines[i].op}{change.lines[i].text.strip()}" for i in indexes]


def test_select_without_a_key_gives_all_that_changes(app):
    change = app("one\ntwo\nthree\n", "1\ntwo\n3\n", "notes/some.txt")

    assert texts(change, select(change, {})) == ["-one", "+1", "-three", "+3"]


def test_in_chooses_a_method_and_not_its_namesake(app):
    change = app(BOTH, BOTH.replace("one = 1", "one = 0").replace("pass", "return 3"))

    assert texts(change, select(change, {"in": "Notes.add"})) == [
        "-one = 1",
        "+one = 0",
    ]
    assert texts(change, select(change, {"in": "add"})) == ["-pass", "+return 3"]


def test_in_chooses_a_class_with_its_methods(app):
    change = app(BOTH, BOTH.replace("# its", "# all").replace("two = 2", "two = 3"))

    chosen = texts(change, select(change, {"in": "Notes"}))

    assert chosen == ["-# its notes", "+# all notes", "-two = 2", "+two = 3"]


def test_in_takes_a_new_functions_decorators_and_blank_lines(app):
    change = app(APP, f"{APP}\n\n@decorated\ndef new():\n    pass\n")

    chosen = texts(change, select(change, {"in": "new"}))

    assert chosen == ["+", "+", "+@decorated", "+def new():", "+pass"]


def test_in_chooses_a_function_that_is_deleted(app):
    change = app(BOTH, BOTH.partition("\n\n\n")[0] + "\n")

    chosen = texts(change, select(change, {"in": "add"}))

    assert chosen == ["-", "-", "-@decorated", "-def add():", "-pass"]


def test_in_takes_a_list_of_names(app):
    change = app(BOTH, BOTH.replace("one = 1", "one = 0").replace("pass", "return 3"))

    assert select(change, {"in": ["Notes.add", "add"]}) == change.changed


def test_in_takes_a_variable_of_the_module_with_its_blank_lines(app):
    change = app(BOTH, f"{BOTH}\n\nnotes = Notes()\n\n\nother = 1\n")

    chosen = texts(change, select(change, {"in": "notes"}))

    assert chosen == ["+", "+", "+notes = Notes()"]


def test_in_refuses_a_variable_that_is_set_twice(app):
    change = app("", "notes = 1\nnotes = 2\n")

    with pytest.raises(SelectionError, match="no function, class or variable notes"):
        select(change, {"in": "notes"})


def test_line_chooses_the_run_of_changed_lines_around_it(app):
    change = app("a\nb\nc\nd\n", "a\nB1\nB2\nc\nD\n", "notes/some.txt")

    assert texts(change, select(change, {"line": "B2"})) == ["-b", "+B1", "+B2"]


def test_line_takes_a_list_of_texts(app):
    change = app("a\nb\nc\nd\n", "A\nb\nC\nd\n", "notes/some.txt")

    chosen = select(change, {"line": ["A", "C"]})

    assert texts(change, chosen) == ["-a", "+A", "-c", "+C"]


def test_from_and_to_choose_what_changes_between(app):
    change = app("a\nb\nc\nd\n", "A\nb\nC\nd\nE\nF\n", "notes/some.txt")

    chosen = select(change, {"from": "C", "to": "E"})

    assert texts(change, chosen) == ["+C", "+E"]


def test_except_leaves_out_other_choices(app):
    change = app("", "one = 1\ntwo = [\n    2,\n]\n\nthree = 3\n")

    left_out = [{"from": "2,", "to": "2,"}, {"in": "three"}]
    chosen = select(change, {"except": left_out})

    assert texts(change, chosen) == ["+one = 1", "+two = [", "+]"]


def test_except_leaves_out_a_part_of_a_choice(app):
    change = app(BOTH, BOTH.replace("one = 1", "one = 0").replace("two = 2", "two = 3"))

    left_out = [{"line": "one = 0"}]
    chosen = select(change, {"in": "Notes.add", "except": left_out})

    assert texts(change, chosen) == ["-two = 2", "+two = 3"]


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"in": "Notes.gone"}, "no function, class or variable Notes.gone"),
        ({"in": "Reader"}, "nothing changes there"),
        ({"in": []}, "nothing changes there"),
        ({"line": "import"}, "“import” stands nowhere in what changes"),
        ({"line": "append"}, "“append” stands 2 times in what changes"),
        ({"from": "strip", "to": "import"}, "“import” stands nowhere"),
        ({"from": "append", "to": "strip"}, "“append” stands 2 times"),
        ({"from": "strip", "to": "append(text)"}, "nothing changes there"),
        ({"from": "strip"}, "needs “in”, “line”, or “from” and “to”, not ['from']"),
        ({"lines": "strip"}, "not ['lines']"),
        ({"in": "Notes", "line": "strip"}, "not ['in', 'line']"),
        ({"except": [{"in": "Notes.add"}]}, "nothing changes there"),
        ({"except": [{}]}, "nothing changes there"),
        ({"except": [{"in": "Reader"}]}, "leaves out what is not there"),
        ({"except": ["strip"]}, "leaves out what is not there"),
        ({"except": [{"lines": "strip"}]}, "not ['lines']"),
    ],
)
def test_select_refuses_what_is_not_there_once(app, wanted, reason):
    change = app(APP, APP.replace("append(text)", "append(text.strip())"))

    with pytest.raises(SelectionError) as error:
        select(change, wanted)

    assert reason in str(error.value)


def test_in_refuses_a_name_that_is_defined_twice(app):
    change = app(BOTH, f"{BOTH}\n\ndef add():\n    return 3\n")

    with pytest.raises(SelectionError, match="add is defined twice"):
        select(change, {"in": "add"})


def test_in_refuses_a_file_that_is_not_python(app):
    change = app("<p>\n", "<b>\n", "notes/templates/page.html")

    with pytest.raises(SelectionError, match="“in” is for Python files"):
        select(change, {"in": "Notes"})


def test_context_is_the_two_lines_on_each_side(app):
    change = app("a\nb\nc\nd\ne\nf\ng\n", "a\nb\nc\nD\ne\nf\ng\n", "notes/some.txt")

    shown = texts(change, with_context(change, change.changed))

    assert shown == [" b", " c", "-d", "+D", " e", " f"]


def test_context_never_crosses_a_changed_line_that_is_not_chosen(app):
    change = app("a\nb\nc\nd\ne\n", "A\nb\nC\nd\nE\n", "notes/some.txt")

    shown = texts(change, with_context(change, select(change, {"line": "C"})))

    assert shown == [" b", "-c", "+C", " d"]


def test_context_reaches_to_a_line_that_says_where_it_is(app):
    change = app("a\nb\n\n\nc\n", "a\nb\n\n\nC\n", "notes/some.txt")

    shown = texts(change, with_context(change, change.changed))

    assert shown == [" b", " ", " ", "-c", "+C"]


def test_context_does_not_end_in_blank_lines(app):
    change = app("a\n\nb\nc\nd\n\ne\n", "a\n\nb\nC\nd\n\ne\n", "notes/some.txt")

    shown = texts(change, with_context(change, change.changed))

    assert shown == [" b", "-c", "+C", " d"]


def test_few_lines_and_blank_ones_are_shown_where_places_are_almost_joined(app):
    old = "a\n\n\n\nb\n1\n2\n3\n4\n5\n6\nc\n"
    new = old.replace("a", "A").replace("b", "B").replace("c", "C")
    change = app(old, new, "notes/some.txt")

    shown = texts(change, with_context(change, change.changed))

    assert [line[1:] for line in shown] == [*"aA", "", "", "", *"bB123456cC"]


def test_context_ends_with_the_file(app):
    change = app("a\nb\n", "A\nb\n", "notes/some.txt")

    assert texts(change, with_context(change, change.changed)) == ["-a", "+A", " b"]


def test_heads_of_the_scopes_stand_above_a_piece(app):
    change = app(BOTH, BOTH.replace("two = 2", "two = 3"))

    shown = texts(change, with_context(change, change.changed))

    assert shown[0] == " class Notes:"
    assert " def add(self):" in shown


def test_heads_are_those_of_what_changes_and_not_of_its_context(app):
    before = "def old():\n    one\n    two\n    three\n    four\n"
    change = app(before, f"{before}\n\nnew = 1\n")

    shown = texts(change, with_context(change, change.changed))

    assert shown == [" three", " four", "+", "+", "+new = 1"]


def test_heads_stand_above_what_is_deleted(app):
    long = "".join(f"    line_{n}\n" for n in range(9))
    change = app(f"def old():\n{long}    gone\n", f"def old():\n{long}")

    shown = texts(change, with_context(change, change.changed))

    assert shown == [" def old():", " line_7", " line_8", "-gone"]


def test_heads_leave_out_one_that_changes_itself(app):
    change = app(BOTH, BOTH.replace("two = 2", "two = 3").replace("(self)", "(me)"))

    chosen = select(change, {"line": "two = 3"})

    assert "+def add(me):" not in texts(change, with_context(change, chosen))

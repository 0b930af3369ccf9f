"""A list that no single frame carries, in the browser."""

from tests.load.test_list import ITEMS, MAKE_LIST, TASKS
from tools.chain.steps import all_steps


def test_browser_shows_ten_thousand_tasks_and_changes_one(stage):
    # A list as long as that costs more tokens than anybody has.
    server = stage.serve(all_steps()[-1].name, FRAME_BURST="0")
    server.manage("shell", "--no-imports", "-c", MAKE_LIST)
    alice = stage.person(server)
    alice.open_checklist("alice")

    # Locators are slow among so many.
    alice.page.wait_for_function(
        f"document.querySelectorAll('.items input[type=checkbox]').length"
        f" === {TASKS * ITEMS}"
    )
    last = alice.page.locator("#tasks > :last-child")
    last.locator("[type=checkbox]").first.check()
    last.locator("small", has_text="alice, ").wait_for()

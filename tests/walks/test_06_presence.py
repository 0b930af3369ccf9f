"""Walks of docs/06_presence.md."""

import pytest

from tests.walks.stage import Stage

# The first idea that one has: tell who comes and who goes, and count nothing.
NAIVE = """        self.send_history()
        self.tell("user.join")

    def disconnect(self, code):
        self.tell("user.leave")

    def tell(self, type):
        name = self.user.get_username()
        self.send_to_group(self.room.group_name, type, user=name)

    def user_join(self, event):
        self.send_json(event)

    user_leave = user_join

"""
EDITS = {"chat/consumers.py": [("        self.send_history()\n\n", NAIVE)]}


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("6"))


def test_counting_users_makes_a_person_with_two_tabs_vanish(stage, recorder):
    server = stage.serve("05_history", EDITS)
    alice, bob = stage.room(server, "alice", "bob", room="lunch")
    second = bob.page.context.new_page()
    second.goto(bob.page.url)
    second.get_by_text("Connected").wait_for()
    second.close()
    alice.hears('"user.leave"')

    bob.say("I am still here")
    alice.hears("I am still here")

    recorder.text("naive.py", NAIVE.partition("\n")[2].strip("\n") + "\n")
    recorder.frames("vanished.txt", {"Alice's browser": alice})


def test_person_with_two_tabs_stays_until_the_last_one_closes(stage, recorder):
    server = stage.serve("06_presence")
    alice, bob = stage.room(server, "alice", "bob", room="lunch")
    here = alice.page.get_by_role("list", name="Here now")
    here.get_by_text("bob").wait_for()
    second = bob.page.context.new_page()
    second.goto(bob.page.url)
    second.get_by_text("Connected").wait_for()
    second.close()
    bob.say("I am still here")
    alice.sees("I am still here")

    recorder.picture("two-people", {"Alice's browser": alice, "Bob's browser": bob})
    bob.page.close()
    alice.sees("bob left")
    recorder.frames("frames.txt", {"Alice's browser": alice})


def test_page_pings(stage, recorder):
    server = stage.serve("06_presence")
    (alice,) = stage.room(server, "alice", room="lunch")

    while not (pings := [frame for frame in alice.frames if "ping" in frame]):
        alice.page.wait_for_timeout(500)  # until its clock has ticked: 20 seconds

    recorder.text("frames-ping.txt", f"Alice's browser\n  {pings[0]}\n")


def test_killed_server_leaves_a_ghost_that_a_ping_sweeps(stage, recorder):
    server = stage.serve("06_presence")
    alice, _bob = stage.room(server, "alice", "bob", room="lunch")
    rows = "from chat.models import *; print(Connection.objects.count())"
    server.kill()
    assert server.manage("shell", "--no-imports", "--command", rows) == "2\n"
    later = "from chat.models import *; from django.utils import timezone;"
    later += "Connection.objects.update(last_seen=timezone.now() - 2 * STALE)"
    server.manage("shell", "--no-imports", "--command", later)
    alice.page.close()
    _bob.page.close()

    server.restart()
    carol = stage.person(server)
    carol.log_in("alice", "/chat/lunch/")
    carol.wait_until_connected()

    names = carol.page.get_by_role("list", name="Here now").get_by_role("listitem")
    names.first.wait_for()
    assert names.all_inner_texts() == ["alice"]


# What a browser tells a page that it keeps for its Back button. Chromium's headless shell
# keeps none; the whole Chromium does, and then the link below shows the same.
KEEP = (
    """window.dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }))"""
)


@pytest.fixture
def stage_of_people(browser_type, browser_type_launch_args, stage):
    """A browser as people have it: Playwright's own tells it to keep no pages."""
    not_ours = ["--disable-back-forward-cache"]
    browser = browser_type.launch(
        **browser_type_launch_args, ignore_default_args=not_ours
    )
    yield Stage(browser, stage.databases, stage.folder, stage.stack)
    browser.close()


@pytest.mark.parametrize("step", ["06_presence", "16_session", "19_once"])
def test_person_who_leaves_by_a_link_is_gone_at_once_and_may_go_back(
    stage_of_people, step
):
    server = stage_of_people.serve(step)
    alice, bob = stage_of_people.room(server, "alice", "bob", room="lunch")
    bobs_name = alice.page.get_by_role("list", name="Here now").get_by_text("bob")
    bobs_name.wait_for()

    bob.page.evaluate(KEEP)
    alice.sees("bob left")
    bobs_name.wait_for()  # it was not kept after all, so it has connected again

    bob.page.get_by_role("link", name="All rooms").click()
    bobs_name.wait_for(state="detached", timeout=5_000)
    bob.page.go_back(wait_until="commit")
    bobs_name.wait_for(timeout=10_000)
    bob.say("I am back")
    alice.sees("I am back")

"""Walks of docs/16_session.md."""

import time
from subprocess import CalledProcessError

import pytest

from tests.walks.stage import Person, answer

STEP_BEFORE, STEP = "15_mixin", "16_session"
SMALL = {"width": 460, "height": 240}
USERS = "User.objects.filter(username='alice')"
ALICE = "User.objects.get(username='alice')"
# What ends a session, as another process does it, by the name on the page.
ENDS = {
    "deactivated": f"{USERS}.update(is_active=False)",
    "new password": f"a = {ALICE}; a.set_password('sesame-opens'); a.save()",
    "deleted": f"{ALICE}.delete()",
    "session deleted": "Session.objects.all().delete()",
    "session expired": "Session.objects.update(expire_date=timezone.now())",
}
IMPORTS = """
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone
"""
SIGNALS = """\
from django.contrib.auth.models import User
from django.db.models.signals import post_save


def hear(instance, **kwargs):
    print("  heard:", instance)


post_save.connect(hear, sender=User)
alice = User.objects.get(username="alice")
print("alice.save()")
alice.save()
print("User.objects.update(is_active=False)")
User.objects.update(is_active=False)
"""
LISTEN = """() => {
  const socket = new WebSocket(`ws://${location.host}/ws/checklist/`);
  socket.onclose = ({ code }) => { document.body.dataset.code = code; };
  return new Promise((done) => { socket.onmessage = done; });
}"""
# A page that knows the code, and does not ask when a handshake has none.
UNASKING = {
    "core/static/core/socket.js": [
        (
            "if (code === SESSION_ENDED || (await isLoggedOut())) ",
            "if (code === SESSION_ENDED) ",
        )
    ]
}
AFTER = 'LOGOUT_REDIRECT_URL = "login"\n'
CACHE = 'SESSION_ENGINE = "django.contrib.sessions.backends.cache"\n'
IN_A_CACHE = {"core/settings.py": [(AFTER, f"{AFTER}\n{CACHE}")]}


def run(server, code):
    """Run code in another process, as `manage.py shell` does."""
    return server.manage("shell", "--no-imports", "--command", IMPORTS + code)


def count_sockets(person):
    """Keep the address of each socket that a person's page opens from now on."""
    person.opened = []
    person.page.on("websocket", lambda socket: person.opened.append(socket.url))


def second_tab(stage, server, person):
    """Open another tab of a person's browser, with the same session."""
    tab = Person(person.page.context.new_page(), server.address)
    count_sockets(tab)
    tab.go("/checklist/")
    tab.wait_until_connected()
    tab.hears("task.list")
    return tab


def two_tabs(stage, server):
    alice = stage.person(server)
    alice.open_checklist("alice")
    alice.hears("task.list")
    return alice, second_tab(stage, server, alice)


def log_out(person):
    person.page.get_by_role("button", name="Log out").click()
    person.page.get_by_role("heading", name="Log in").wait_for()


def ended(person, milliseconds=30_000):
    """Wait until the page says that the session has ended; give the link."""
    page = person.page
    page.get_by_text("Your session has ended.").wait_for(timeout=milliseconds)
    return page.get_by_role("link", name="Log in again")


def opens_no_more(person):
    """Wait longer than a page waits before it tries again."""
    count = len(person.opened)
    person.page.wait_for_timeout(3000)
    assert len(person.opened) == count


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("16"))


def test_tab_of_the_step_before_goes_on_writing(stage, recorder):
    server = stage.serve(STEP_BEFORE)
    alice, tab = two_tabs(stage, server)

    log_out(alice)
    tab.add_task("Nobody is logged in")
    tab.row("task", "Nobody is logged in").wait_for()

    for person in (alice, tab):
        person.page.set_viewport_size({"width": 460, "height": 300})
        person.page.mouse.move(0, 0)
    windows = {"Alice logs out here": alice, "Her other tab": tab}
    recorder.picture("writes", windows)
    tab.hears("Nobody is logged in")
    tab.frames = [frame for frame in tab.frames if "Nobody" in frame]
    recorder.frames("writes.txt", {"Her other tab, after that": tab})


def test_log_out_ends_the_other_tab(stage, recorder):
    server = stage.serve(STEP)
    alice, tab = two_tabs(stage, server)
    tab.add_task("Buy bread")
    tab.row("task", "Buy bread").wait_for()

    log_out(alice)
    link = ended(tab, 2000)

    opens_no_more(tab)
    assert len(tab.opened) == 1
    for person in (alice, tab):
        person.page.set_viewport_size({"width": 460, "height": 300})
        person.page.mouse.move(0, 0)
    windows = {"Alice logs out here": alice, "Her other tab": tab}
    recorder.picture("ended", windows)
    link.click()
    tab.page.get_by_label("Username").fill("alice")
    tab.page.get_by_label("Password").fill("open-sesame")
    tab.page.get_by_role("button", name="Log in").click()
    tab.wait_until_connected()
    tab.row("task", "Buy bread").wait_for()


def test_chat_is_ended_too(stage):
    server = stage.serve(STEP)
    (alice,) = stage.room(server, "alice")

    run(server, "Session.objects.all().delete()")

    assert ended(alice).get_attribute("href") == "/chat/general/"


def test_each_end_closes_the_tab_with_4401(stage, recorder):
    lines = []
    for name, code in ENDS.items():
        server = stage.serve(STEP)
        alice = stage.person(server)
        alice.open_checklist("alice")
        alice.page.evaluate(LISTEN)

        run(server, code)
        ended(alice)
        alice.page.locator("body[data-code]").wait_for()

        code = alice.page.locator("body").get_attribute("data-code")
        lines.append(f"{name:<17}{code}\n")
        server.kill()
    recorder.text("codes.txt", "".join(lines))


def test_signal_hears_half_of_it(stage, recorder):
    server = stage.serve(STEP)
    recorder.text("signals.py", SIGNALS)
    recorder.text(
        "signals.txt", server.manage("shell", "--no-imports", "--command", SIGNALS)
    )


def log_out_while_the_server_is_away(stage, edits=None):
    """Give a server that came back, and a tab whose session ended meanwhile."""
    server = stage.serve(STEP, edits)
    alice = stage.person(server)
    count_sockets(alice)
    alice.open_checklist("alice")
    server.kill()
    alice.page.get_by_text("Offline, trying again").wait_for()
    run(server, "Session.objects.all().delete()")
    server.restart()
    return server, alice


def test_page_whose_handshake_is_refused_asks_its_own_page(stage):
    _, alice = log_out_while_the_server_is_away(stage)

    link = ended(alice)

    opens_no_more(alice)
    link.click()
    alice.page.get_by_role("heading", name="Log in").wait_for()


def test_page_that_only_knows_the_code_asks_for_ever(stage, recorder):
    server, alice = log_out_while_the_server_is_away(stage, UNASKING)
    refused = "WebSocket REJECT /ws/checklist/"
    until = time.monotonic() + 60

    while server.printed.count(refused) < 3:
        assert time.monotonic() < until, server.printed
        alice.page.wait_for_timeout(100)

    assert alice.page.get_by_text("Offline, trying again").is_visible()
    lines = [x for x in server.printed.split("\n") if x.startswith(refused)]
    recorder.text("refused.txt", "\n".join(lines[:3]) + "\n")
    alice.page.set_viewport_size(SMALL)
    recorder.picture("refused", {"Alice's browser": alice})


def test_check_refuses_sessions_that_are_not_in_the_database(stage, recorder):
    server = stage.serve(STEP)
    server.folder = stage.copy(STEP, stage.folder, IN_A_CACHE)

    with pytest.raises(CalledProcessError) as failed:
        server.manage("check")

    recorder.text("check.txt", failed.value.stdout)


def test_answer_logs_a_user_out_everywhere(stage, recorder):
    ((title, code),) = answer(STEP, "python")
    folder = stage.copy(STEP, stage.folder)
    (folder / title).write_text(code, "utf-8")
    server = stage.serve(STEP)
    server.folder = folder
    alice, other, bob = (stage.person(server) for _ in range(3))
    for person, name in ((alice, "alice"), (other, "alice"), (bob, "bob")):
        person.open_checklist(name)

    printed = server.manage("log_out", "alice")

    for person in (alice, other):
        ended(person)
    bob.add_task("Buy bread")
    bob.row("task", "Buy bread").wait_for()
    recorder.text("log_out.txt", printed)

"""Walks of docs/04_login.md."""

from tests.walks.stage import Person
from tools.chain.steps import find_step
from tools.servers.step_server import HOST

OPEN_NOWHERE = """new Promise((done) => {
  new WebSocket(`ws://${location.host}/ws/nope/`).onclose = ({ code }) => done(code);
})"""


def kittens(stage, server):
    """Serve the page of another site that our page lets people save; give its address."""
    page = find_step("04_login").page.read_text("utf-8")
    html = page.partition('title="kittens/index.html"\n')[2].partition("```")[0]
    return stage.other_site(html.replace(":8000", f":{server.port}"))


def another_tab(person, address):
    """Open an address in the browser of somebody, who may be logged in there."""
    tab = Person(person.page.context.new_page(), address)
    tab.go("")
    return tab


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("4"))


def test_step_before_lets_another_site_in(stage, recorder):
    server = stage.serve("03_rooms")
    alice = stage.person(server)
    alice.go("/")
    alice.make_room("lunch")
    alice.wait_until_connected()

    tab = another_tab(alice, kittens(stage, server))
    alice.sees("I owe you 100")
    alice.say("my number is 555-0199")
    tab.page.get_by_text("555-0199").wait_for()

    windows = {"Alice's room": alice, "The page of another site": tab}
    recorder.picture("nameless", windows)
    recorder.frames("another-site.txt", {"The page of another site": tab})


def test_two_people_talk_under_their_names(stage, recorder):
    server = stage.serve("04_login")
    alice, bob = stage.room(server, "alice", "bob", room="lunch")

    alice.say("hello bob")
    bob.sees("hello bob")
    bob.say("hello alice")
    for person in (alice, bob):
        person.sees("hello alice")

    assert alice.log == bob.log == ["alice hello bob", "bob hello alice"]
    recorder.picture("two-people", {"Alice's browser": alice, "Bob's browser": bob})
    recorder.frames("frames.txt", {"Alice's browser": alice, "Bob's browser": bob})


def test_another_site_is_refused(stage, recorder):
    server = stage.serve("04_login")
    (alice,) = stage.room(server, "alice", room="lunch")

    tab = another_tab(alice, kittens(stage, server))

    tab.page.get_by_text("The server closed the door.").wait_for()
    recorder.text("refused.txt", server.printed_line("WebSocket REJECT"))


def on_our_host(address):
    """Give the address of the kittens where they differ from us in their port alone."""
    return address.replace("kittens.localhost", HOST)


def test_check_of_hosts_alone_lets_another_port_in(stage, recorder):
    module = "channels.security.websocket"
    edits = [
        (
            "from core.origins import SameOriginValidator, refuse",
            f"from {module} import AllowedHostsOriginValidator\nfrom core.origins import refuse",
        ),
        (": SameOriginValidator(", ": AllowedHostsOriginValidator("),
    ]
    server = stage.serve("04_login", {"core/asgi.py": edits})
    (alice,) = stage.room(server, "alice", room="lunch")

    tab = another_tab(alice, on_our_host(kittens(stage, server)))

    alice.sees("I owe you 100")
    assert alice.log == ["alice I owe you 100"]
    tab.page.get_by_text("I owe you 100").wait_for()
    recorder.frames("another-port.txt", {"The page on another port": tab})


def test_page_on_another_port_is_refused(stage):
    server = stage.serve("04_login")
    (alice,) = stage.room(server, "alice", room="lunch")

    tab = another_tab(alice, on_our_host(kittens(stage, server)))

    tab.page.get_by_text("The server closed the door.").wait_for()
    assert alice.log == []


def test_path_that_leads_nowhere_costs_one_line(stage):
    server = stage.serve("04_login")
    (alice,) = stage.room(server, "alice", room="lunch")

    assert alice.page.evaluate(OPEN_NOWHERE) == 1006

    assert "/ws/nope/" in server.printed_line("WebSocket REJECT")
    assert "Traceback" not in server.printed


def test_person_who_logs_out_sees_the_login(stage):
    server = stage.serve("04_login")
    bob = stage.person(server)
    bob.log_in("bob", "/chat/")
    bob.page.get_by_role("button", name="Log out").click()

    bob.page.get_by_role("heading", name="Log in").wait_for()
    bob.go("/chat/")
    bob.page.get_by_role("heading", name="Log in").wait_for()


def test_person_who_may_not_use_the_admin_is_told(stage, recorder):
    server = stage.serve("04_login")
    bob = stage.person(server)
    bob.log_in("bob", "/admin/")

    bob.page.get_by_text("Please enter the correct username").wait_for()

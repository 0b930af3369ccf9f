"""Walks of docs/04_login.md."""

OPEN_SOCKET = """url => {
  const socket = new WebSocket(url);
  socket.onmessage = (event) => document.body.append(event.data);
  window.send = (frame) => socket.send(JSON.stringify(frame));
  return new Promise((done) => {
    socket.onopen = () => done("open");
    socket.onclose = (event) => done(`closed with code ${event.code}`);
  });
}"""


def other_site(stage, server):
    """Somebody who looks at a page of another site, which opens our socket."""
    person = stage.person(server)
    person.page.goto(stage.other_site("<title>Free kittens</title><body>"))
    address = server.address.replace("http", "ws") + "ws/chat/general/"
    return person, person.page.evaluate(OPEN_SOCKET, address)


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("4"))


def test_step_before_lets_another_site_in(stage, recorder):
    server = stage.serve("03_rooms")
    alice = stage.person(server)
    alice.go("/")
    alice.make_room("general")
    alice.wait_until_connected()

    kittens, answer = other_site(stage, server)
    alice.say("my number is 555-0199")
    kittens.page.get_by_text("555-0199").wait_for()
    kittens.page.evaluate("send({message: 'I owe you 100', user: 'bob'})")
    alice.sees("I owe you 100")

    assert answer == "open"
    recorder.picture("nameless", {"Alice's browser": alice})
    recorder.frames("another-site.txt", {"A page of another site": kittens})


def test_two_people_talk_under_their_names(stage, recorder):
    server = stage.serve("04_login")
    alice, bob = stage.room(server, "alice", "bob")

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
    stage.room(server, "alice")

    _, answer = other_site(stage, server)

    assert answer == "closed with code 1006"
    recorder.text("refused.txt", server.printed_line("WebSocket REJECT"))


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

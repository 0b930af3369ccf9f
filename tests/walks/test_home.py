"""The moving picture on the home page: two people in one room of the last step."""

from tools.chain.steps import all_steps

NARROW = {"width": 320, "height": 470}
# Who says what, and how long one looks at it before the next begins.
SAID = [
    ("alice", "Who buys bread?", 1_500),
    ("bob", "Me, on my way home", 1_500),
    ("alice", "Rye, please!", 3_000),
]


def both_apps(stage, step):
    """Alice chats with Bob, who goes on to his checklist; give their browsers."""
    server = stage.serve(step)
    alice, bob = stage.person(server), stage.person(server)
    alice.log_in("alice", "/chat/")
    alice.make_room("lunch")
    alice.wait_until_connected()
    bob.log_in("bob", "/chat/lunch/")
    bob.wait_until_connected()
    alice.hears('"user.join"')
    # Each waits for what the other does: the frames keep this order.
    alice.say("Who buys bread?")
    bob.sees("Who buys bread?")
    bob.say("It is on my list")
    for person in (alice, bob):
        person.hears("It is on my list")
    bob.go("/checklist/")
    bob.wait_until_connected()
    bob.hears('"task.list"')
    bob.add_task("Buy bread")
    bob.add_item("Buy bread", "Rye")
    bob.row("item", "Rye").get_by_role("checkbox").check()
    bob.row("item", "Rye").get_by_text("bob,").wait_for()
    alice.sees("bob left")
    alice.hears('"user.leave"')
    bob.page.mouse.move(0, 0)
    return alice, bob


def test_two_people_in_one_room_see_the_same_at_once(stage, recorder):
    server = stage.serve(all_steps()[-1].name)
    alice, bob = [stage.person(server, viewport=NARROW) for _ in range(2)]
    alice.log_in("alice", "/chat/")
    alice.make_room("lunch")
    alice.wait_until_connected()
    film = recorder.film({"Alice's browser": alice, "Bob's browser": bob})
    bob.log_in("bob", "/chat/lunch/")
    bob.wait_until_connected()
    alice.sees("bob joined")
    film.rest()
    film.shoot(1_200)

    for person, text, milliseconds in SAID:
        film.type({"alice": alice, "bob": bob}[person], text)
        for each in (alice, bob):
            each.sees(text)
        film.shoot(milliseconds)

    recorder.films("together", film)

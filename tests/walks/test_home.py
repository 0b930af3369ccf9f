"""The moving picture on the home page: two people in one room of the last step."""

from tools.chain.steps import all_steps

NARROW = {"width": 320, "height": 470}
# Who says what, and how long one looks at it before the next begins.
SAID = [
    ("alice", "Who buys bread?", 1_500),
    ("bob", "Me, after work.", 1_500),
    ("alice", "Rye, please!", 3_000),
]


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

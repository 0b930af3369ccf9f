"""The picture on the home page: both apps of the last step at once."""

from tools.chain.steps import all_steps


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


def test_both_apps_of_the_last_step(stage, recorder):
    alice, bob = both_apps(stage, all_steps()[-1].name)

    recorder.picture("both", {"Alice, in the chat": alice, "Bob's checklist": bob})

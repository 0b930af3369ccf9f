"""Walks of docs/08_outside.md."""

FROM_OUTSIDE = """
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from chat.models import Room
group = Room.objects.get(name="lunch").group_name
event = {"type": "chat.message", "id": 0, "user": "(server)", "message": "Soup!"}
async_to_sync(get_channel_layer().group_send)(group, event)
"""
COMMAND = ("send_message", "lunch", "Lunch is ready")


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("8"))


def test_step_before_sends_from_outside_and_nobody_hears(stage, recorder):
    server = stage.serve("07_private")
    alice, bob = stage.room(server, "alice", "bob", room="lunch")

    assert server.manage("shell", "--no-imports", "--command", FROM_OUTSIDE) == ""
    alice.say("Anything from the kitchen?")
    bob.sees("Anything from the kitchen?")

    recorder.text("outside.py", FROM_OUTSIDE.lstrip())
    recorder.picture("silence", {"Alice's browser": alice, "Bob's browser": bob})


def test_command_in_memory_says_that_nobody_hears(stage, recorder):
    server = stage.serve("08_outside")
    (alice,) = stage.room(server, "alice", room="lunch")

    recorder.text("in-memory.txt", server.manage(*COMMAND))
    alice.page.reload()
    alice.sees("Lunch is ready")


def test_command_is_heard_through_redis(stage, recorder):
    server = stage.serve("08_outside", REDIS_URL=stage.redis())
    alice, bob = stage.room(server, "alice", "bob", room="lunch")
    alice.hears('"user.join"')
    bob.hears('"user.list"')
    alice.frames.clear()
    bob.frames.clear()

    recorder.text("sent.txt", server.manage(*COMMAND))
    for person in (alice, bob):
        person.sees("Lunch is ready")
        person.hears("Lunch is ready")

    people = {"Alice's browser": alice, "Bob's browser": bob}
    recorder.picture("lunch", people)
    recorder.frames("frames.txt", people)


def test_two_servers_are_one_room(stage):
    one = stage.serve("08_outside", REDIS_URL=stage.redis())
    other = stage.beside(one)
    (alice,) = stage.room(one, "alice", room="lunch")
    bob = stage.person(other)
    bob.log_in("bob", "/chat/lunch/")

    alice.sees("bob joined")
    alice.say("hello other server")
    bob.sees("hello other server")
    bob.say("/pm alice psst")
    alice.sees("bob to you: psst")
    one.manage(*COMMAND)
    for person in (alice, bob):
        person.sees("Lunch is ready")

    other.kill()
    alice.say("still here?")
    alice.sees("still here?")

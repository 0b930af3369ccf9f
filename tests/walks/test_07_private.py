"""Walks of docs/07_private.md."""

# The line that one writes first: it trusts that three words are there.
NAIVE = {
    "chat/private.py": [
        (
            "        name, message = self.parse(text)\n",
            "        _, name, message = text.split(maxsplit=2)\n",
        )
    ]
}


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("7"))


def test_step_before_reads_a_whisper_to_everyone(stage, recorder):
    server = stage.serve("06_presence")
    alice, bob = stage.room(server, "alice", "bob", room="lunch")

    alice.say("/pm bob the cake is in my office")
    bob.sees("/pm bob the cake is in my office")

    recorder.picture("read-aloud", {"Alice's browser": alice, "Bob's browser": bob})


def test_whisper_reaches_the_other_in_another_room(stage, recorder):
    server = stage.serve("07_private")
    alice, bob = stage.room(server, "alice", "bob", room="lunch")
    bob.go("/chat/")
    bob.make_room("café")
    bob.wait_until_connected()
    alice.hears('"user.leave"')
    bob.hears('"users": ["bob"]')
    alice.frames.clear()
    bob.frames.clear()

    alice.say("/pm bob the cake is in my office")
    alice.sees("you to bob: the cake is in my office")
    bob.sees("alice to you: the cake is in my office")

    people = {"Alice, in lunch": alice, "Bob, in café": bob}
    recorder.picture("whisper", people)
    alice.hears('"private.message.delivered"')
    bob.hears('"private.message"')
    recorder.frames("frames.txt", people)


def test_whispers_that_cannot_be_are_answered(stage, recorder):
    server = stage.serve("07_private")
    (alice,) = stage.room(server, "alice", room="lunch")
    texts = ["/pm", "/pm bob", "/pm nobody hi", "/pm bob hi", "/pmfoo"]
    frames = [f'{{"message": "{text}"}}' for text in texts]

    answers = alice.send_raw(*frames)

    recorder.answers("answers.txt", frames, answers)


def test_command_without_a_text_fails_where_words_are_taken_for_granted(
    stage, recorder
):
    server = stage.serve("07_private", NAIVE)
    (alice,) = stage.room(server, "alice", room="lunch")

    alice.say("/pm bob")
    alice.page.get_by_role("alert").get_by_text("went wrong").wait_for()

    recorder.text("unpack.pytb", server.own_traceback())

"""Walks of docs/02_group.md."""

TYPO = {"chat/consumers.py": [('"chat.message"', '"chat.massage"')]}
LAYERS = """CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels.layers.InMemoryChannelLayer"},
}
"""


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("2"))


def test_step_before_keeps_each_tab_alone(stage, recorder):
    server = stage.serve("01_echo")
    one, other = stage.tabs(server, "/")

    one.say("is anybody there?")
    one.sees("is anybody there?")

    assert other.log == []
    recorder.picture("alone", {"One tab": one, "Another tab": other})


def test_two_tabs_talk(stage, recorder):
    server = stage.serve("02_group")
    one, other = stage.tabs(server, "/")

    one.say("is anybody there?")
    other.sees("is anybody there?")
    other.say("yes!")
    one.sees("yes!")
    other.sees("yes!")

    assert one.log == other.log == ["is anybody there?", "yes!"]
    recorder.picture("two-tabs", {"One tab": one, "Another tab": other})
    recorder.frames("frames.txt", {"One tab": one, "Another tab": other})


def test_event_without_a_handler_ends_every_tab(stage, recorder):
    server = stage.serve("02_group", TYPO)
    one, other = stage.tabs(server, "/")

    # Each page opens its next socket soon after it has lost the one before.
    with one.page.expect_websocket(), other.page.expect_websocket():
        one.say("hello")

    recorder.text("no-handler.pytb", server.own_traceback())


def test_without_a_layer_the_first_socket_fails(stage, recorder):
    server = stage.serve("02_group", {"core/settings.py": [(LAYERS, "")]})
    tab = stage.person(server)
    tab.go("/chat/")
    tab.page.get_by_text("Offline").wait_for()

    recorder.text("no-layer.pytb", server.own_traceback())

"""Walks of docs/01_echo.md."""

import pytest

CHAT = "chat/consumers.py"
ACCEPT = "        self.accept()\n"
# What the page lets its reader write later, piece by piece.
ASGI = 'ASGI_APPLICATION = "core.asgi.application"\n\n'
BUILT_IN_SERVER = {"core/settings.py": [('    "daphne",\n', ""), (ASGI, "")]}
CONSUMER = dict.fromkeys([CHAT, "chat/routing.py", "core/asgi.py"])
SCRIPTS = dict.fromkeys(["chat/static/chat/room.js", "core/static/core/socket.js"])


def test_run_says_what_to_do(stage, recorder):
    recorder.text("run.txt", stage.printed_by_run("1"))


def test_message_comes_back_and_a_second_tab_stays_silent(stage, recorder):
    server = stage.serve("01_echo")
    one, other = stage.tabs(server, "/")

    one.say("hello")
    one.sees("hello")

    assert other.log == []
    recorder.picture("two-tabs", {"One tab": one, "Another tab": other})
    recorder.frames("frames.txt", {"One tab": one, "Another tab": other})


def test_server_says_that_it_speaks_websockets(stage, recorder):
    server = stage.serve("01_echo")
    stage.tabs(server, "/chat/")

    recorder.text("runserver.txt", server.printed.partition("HTTP")[0])


def test_page_without_its_scripts_never_connects(stage, recorder):
    server = stage.serve("01_echo", BUILT_IN_SERVER | CONSUMER | SCRIPTS)
    tab = stage.person(server)
    with tab.page.expect_response("**/room.js") as script:
        tab.go("/")

    assert script.value.status == 404
    assert tab.page.get_by_role("status").inner_text() == "Connecting…"
    assert server.printed_line("Starting development server at")
    recorder.picture("bare", {"One tab": tab})


@pytest.mark.parametrize("lacking", [CONSUMER, {}], ids=["nobody", "a consumer"])
def test_without_daphne_the_socket_is_not_found(stage, recorder, lacking):
    server = stage.serve("01_echo", BUILT_IN_SERVER | lacking)
    tab = stage.person(server)
    tab.go("/chat/")
    tab.page.get_by_text("Offline, trying again…").wait_for()

    recorder.text("without-daphne.txt", server.printed_line("Not Found: /ws/chat/"))


def test_without_accept_the_page_goes_offline_and_stays_so(stage, recorder):
    server = stage.serve("01_echo", {CHAT: [(ACCEPT, "        pass\n")]})
    tab = stage.person(server)
    with tab.page.expect_websocket():
        tab.go("/chat/")

    with tab.page.expect_websocket():
        tab.page.get_by_text("Offline, trying again…").wait_for()
    server.printed_line("WebSocket DISCONNECT")
    assert tab.page.get_by_role("status").inner_text() == "Offline, trying again…"
    lines = [line for line in server.printed.split("\n") if "WebSocket" in line]
    recorder.text("without-accept.txt", "\n".join(lines[:2]) + "\n")


def test_server_comes_back_and_so_does_the_page(stage):
    server = stage.serve("01_echo")
    (tab,) = stage.tabs(server, "/chat/", count=1)

    server.kill()
    tab.page.get_by_text("Offline").wait_for()
    server.restart()
    tab.wait_until_connected()

    tab.say("back again")
    tab.sees("back again")

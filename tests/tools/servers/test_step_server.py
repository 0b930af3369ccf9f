"""A server that is told to end has ended, and so has whatever it started."""

import os
import signal
import subprocess
import sys

import pytest

from tools.servers.step_server import running

DEAF = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if sys.argv[1:]:
    print("started", flush=True)
else:
    subprocess.Popen([sys.executable, __file__, "child"])
time.sleep(300)
"""

SLOW = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *args: print("a second signal", flush=True))
try:
    print("started", flush=True)
    time.sleep(300)
except KeyboardInterrupt:
    time.sleep(0.3)
"""


@pytest.mark.skipif(os.name == "nt", reason="there the whole tree is always ended")
def test_server_that_ends_after_ctrl_c_gets_no_second_signal():
    process = subprocess.Popen([sys.executable, "-c", SLOW], stdout=subprocess.PIPE)

    def serve():
        with running(process):
            assert process.stdout.readline() == b"started\n"
            # What a terminal does: at one moment for the server and for who runs it.
            process.send_signal(signal.SIGINT)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serve()

    assert process.communicate(timeout=20)[0] == b""


@pytest.mark.skipif(os.name == "nt", reason="there the whole tree is always ended")
def test_server_that_does_not_end_is_ended_with_its_child(tmp_path):
    program = tmp_path / "deaf.py"
    program.write_text(DEAF)

    with running(
        subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE)
    ) as process:
        assert process.stdout.readline() == b"started\n"

    # The child has our end of the pipe for as long as it lives.
    assert process.communicate(timeout=20)[0] == b""

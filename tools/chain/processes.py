"""End processes with all that they have started, whatever the system."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

# Set it in the environment of what may outlive us: the person's browser.
SPARED = "TUTORIAL_SPARED"
# In the environment of all that a session of nox starts: the number of nox's process.
FAMILY = "TUTORIAL_FAMILY"


def end_tree(process: subprocess.Popen) -> None:
    """End a process at once, with all that it has started, and wait for it.

    Elsewhere than on Windows it must lead a session of its own (`start_new_session`).
    """
    if sys.platform == "win32":
        command = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        subprocess.run(command, capture_output=True)
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()

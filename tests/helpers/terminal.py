"""A command in a terminal of its own, where a test can press Ctrl-C."""

import os
import signal
import subprocess
import sys

# On Windows, Ctrl-C goes to all processes of a console: one has to be in it to press it.
CTRL_C = """
import ctypes, sys
kernel = ctypes.WinDLL("kernel32", use_last_error=True)
kernel.FreeConsole()
for done in (
    lambda: kernel.AttachConsole(int(sys.argv[1])),
    lambda: kernel.SetConsoleCtrlHandler(None, True),
    lambda: kernel.GenerateConsoleCtrlEvent(0, 0),
):
    if not done():
        raise ctypes.WinError(ctypes.get_last_error())
"""


def start(command: list[str], **options) -> subprocess.Popen:
    """Start a command whose output, of all that it starts too, comes as text.

    `options` are Popen's.
    """
    if sys.platform == "win32":
        import ctypes

        # Whoever started us may have told us, and so our children, to ignore Ctrl-C.
        ctypes.windll.kernel32.SetConsoleCtrlHandler(None, False)
        options["creationflags"] = subprocess.CREATE_NEW_CONSOLE
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        **options,
    )


def press_ctrl_c(process: subprocess.Popen) -> None:
    """Press Ctrl-C in the terminal of a process: all who are there hear of it."""
    if sys.platform == "win32":
        subprocess.run([sys.executable, "-c", CTRL_C, str(process.pid)], check=True)
    else:
        os.killpg(process.pid, signal.SIGINT)


def address(process: subprocess.Popen) -> str:
    """Wait until a run of a step prints its address, and give it without the http."""
    printed = ""
    for line in process.stdout:
        printed += line
        if line.startswith("  Open"):
            return line.split()[1].removeprefix("http:").rstrip("/")
    raise AssertionError(f"no address:\n{printed}")

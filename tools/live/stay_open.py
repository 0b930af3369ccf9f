"""Keep the whole system for somebody's browser, and start again what they kill."""

import time

from tools.live.system import Live, Part
from tools.servers.demo_users import MAKE_PEOPLE, PASSWORD, PEOPLE

# Long enough to look at what is gone.
PAUSE = 10  # seconds


def stay_open(live: Live) -> int:
    """Make alice and bob, say where all is, and keep it until Ctrl-C; give the exit code.

    What ends meanwhile is started again, as `restart: always` in compose.yaml says.
    """
    try:
        live.manage("shell", "--no-imports", "--command", MAKE_PEOPLE)
        print(welcome(live), flush=True)
        gone: dict[str, float] = {}
        while True:
            for line in look_after(live.parts, gone, time.monotonic()):
                print(line, flush=True)
            time.sleep(0.5)
    except KeyboardInterrupt:
        print("\nStopped; its data is gone.")
    return 0


def welcome(live: Live) -> str:
    """Say where the system is, who can log in, and how to kill a part of it."""
    lines = [
        "",
        f"  Open  {live.address}   (our own certificate: let the browser pass)",
        f"  Health  {live.address}health/",
        f"  Logs  {live.folder}/web-*.log",
        f"  Log in as  {' or '.join(PEOPLE)}, password  {PASSWORD}",
        "",
        "  In another terminal you can kill a part of it:",
        *(_told(part) for part in live.parts),
        f"  After {PAUSE} seconds it is started again.",
        "",
        "  Stop  with Ctrl-C",
        "",
    ]
    return "\n".join(lines)


def look_after(parts: list[Part], gone: dict[str, float], now: float) -> list[str]:
    """Start again what has been gone for long enough; give what there is to say.

    `gone` keeps when each part was first seen to be gone.
    """
    lines = []
    for part in parts:
        if part.pid():
            continue
        if part.name not in gone:
            gone[part.name] = now
            lines.append(f"  {part.name} is gone.")
        elif now - gone[part.name] >= PAUSE:
            part.start()
            del gone[part.name]
            lines.append(f"{_told(part)}   (started again)")
    return lines


def _told(part: Part) -> str:
    return f"    {part.name:<9} port {part.port:<6} kill -9 {part.pid()}"

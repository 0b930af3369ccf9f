"""Open one step: `nox -s run -- 3`."""

import argparse
import signal
import subprocess
import sys
import tempfile
import webbrowser
from contextlib import ExitStack
from pathlib import Path

from tutorial import chain
from tutorial.broker import NoBroker, broker
from tutorial.manage import remembered
from tutorial.people import PASSWORD, PEOPLE
from tutorial.server import PortTaken, Server, answers, free_port, reserved_port


def parse(args: list[str]) -> argparse.Namespace:
    """Read the command line; `--help` and mistakes end the program as argparse does."""
    parser = argparse.ArgumentParser(
        prog="nox -s run --",
        description="Set a step up in a database of its own and open it.",
    )
    parser.add_argument(
        "step", nargs="?", help="its number or name; without one, the last step"
    )
    parser.add_argument("--port", type=_port, help="instead of the first free one")
    parser.add_argument(
        "--redis",
        action="store_true",
        help="with a Redis server of its own (step 8 on)",
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="only print the address"
    )
    return parser.parse_args(args)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to 65535")
    return int(text)


def main(args: list[str] | None = None) -> int:
    """Run a step until Ctrl-C; give the exit code."""
    options = parse(sys.argv[1:] if args is None else args)
    try:
        step = chain.find(options.step) if options.step else chain.steps()[-1]
    except chain.UnknownStep as error:
        print(error, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # The first choice is a port of the step's own, so that two steps get two ports.
    ports = (options.port, 1) if options.port else (8000 + step.number, 100)
    try:
        with ExitStack() as stack:
            port = stack.enter_context(reserved_port(*ports))
            data = tempfile.TemporaryDirectory(prefix=f"{step.name}-")
            server = Server(step.folder, Path(stack.enter_context(data)))
            if options.redis:
                url = stack.enter_context(broker(free_port()))
                server.variables["REDIS_URL"] = url
            stack.enter_context(remembered(step, server))
            return _serve(step, server, port, not options.no_browser)
    except KeyboardInterrupt:
        print(f"\n{step.name} has stopped; its database is gone.")
        return 0
    except (NoBroker, PortTaken) as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"{step.name} cannot be set up:\n{error.stdout}", file=sys.stderr)
        return 1


def _serve(step: chain.Step, server: Server, port: int, browse: bool) -> int:
    print(f"Setting up {step.name}: {step.title} …", flush=True)
    server.prepare(people=step.has_people)
    with server.start(port, reload=True) as process:
        if not answers(port, process):
            print(f"{step.name} did not start: see above. Is port {port} free?")
            return 1
        print(_welcome(step, server), flush=True)
        if browse:
            webbrowser.open(server.address)
        return process.wait()


def _welcome(step: chain.Step, server: Server) -> str:
    lines = ["", f"  {step.name}: {step.title}", f"  Open  {server.address}"]
    if "REDIS_URL" in server.variables:
        lines.append(f"  Redis {server.variables['REDIS_URL']}")
    if step.has_people:
        lines.append(f"  Log in as  {' or '.join(PEOPLE)}, password  {PASSWORD}")
    if step.meta.get("try"):
        lines.append(f"  Try   {step.meta['try']}")
    if step.meta.get("command"):
        lines.append(f"        nox -s manage -- {step.number} {step.meta['command']}")
    return "\n".join([*lines, "  Stop  with Ctrl-C", ""])


if __name__ == "__main__":
    sys.exit(main())

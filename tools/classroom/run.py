"""Open one step: `nox -s run -- 3`."""

import argparse
import ipaddress
import os
import signal
import subprocess
import sys
import tempfile
import webbrowser
from contextlib import ExitStack
from pathlib import Path

from tools.chain.processes import SPARED
from tools.chain.steps import Step, UnknownStep, all_steps, find_step
from tools.classroom.lan import EVERYWHERE, WARNING, NoNetwork, addresses
from tools.classroom.manage import remembered
from tools.servers.demo_users import PASSWORD, PEOPLE
from tools.servers.missing_program import MissingProgram
from tools.servers.redis_server import redis_server
from tools.servers.step_server import (
    HOST,
    PortTaken,
    Server,
    answers,
    free_port,
    reserved_port,
)


def parse(args: list[str]) -> argparse.Namespace:
    """Read the command line; `--help` and mistakes end the program as argparse does."""
    parser = argparse.ArgumentParser(
        prog="nox -s run --",
        description="Start a step with a new database of its own, and open it in your browser.",
    )
    parser.add_argument(
        "step", nargs="?", help="its number or name (default: the last step)"
    )
    parser.add_argument(
        "--port", type=_port, help="use this port, not the first free one"
    )
    parser.add_argument(
        "--redis",
        action="store_true",
        help="start a Redis server for this run (from step 8 on)",
    )
    parser.add_argument(
        "--no-browser",
        action="store_true",
        help="print the address without opening a browser",
    )
    parser.add_argument(
        "--lan",
        action="store_true",
        help="let other machines connect: everybody in your networks can then use this "
        "server, which has DEBUG on and passwords that are public",
    )
    parser.add_argument(
        "--address",
        type=_address,
        help="with --lan: the address of this machine, if none is found",
    )
    options = parser.parse_args(args)
    if options.address and not options.lan:
        parser.error("--address only works together with --lan")
    return options


def _address(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        message = f"{text!r} is not an address such as 192.168.1.5"
        raise argparse.ArgumentTypeError(message) from None


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to 65535")
    return int(text)


def main(args: list[str] | None = None) -> int:
    """Run a step until Ctrl-C; give the exit code."""
    options = parse(sys.argv[1:] if args is None else args)
    try:
        step = find_step(options.step) if options.step else all_steps()[-1]
    except UnknownStep as error:
        print(error, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # The first choice is a port of the step's own, so that two steps get two ports.
    ports = (options.port, 1) if options.port else (8000 + step.number, 100)
    host = EVERYWHERE if options.lan else HOST
    try:
        with ExitStack() as stack:
            port = stack.enter_context(reserved_port(*ports, host))
            # On Windows a server that Ctrl-C ends may hold its database a moment longer.
            data = tempfile.TemporaryDirectory(
                prefix=f"{step.name}-", ignore_cleanup_errors=sys.platform == "win32"
            )
            server = Server(step.folder, Path(stack.enter_context(data)), host)
            if options.lan:
                server.let_in([options.address] if options.address else addresses())
            if options.redis:
                url = stack.enter_context(redis_server(free_port()))
                server.variables["REDIS_URL"] = url
            stack.enter_context(remembered(step, server))
            return _serve(step, server, port, not options.no_browser)
    except KeyboardInterrupt:
        print(f"\n{step.name} has stopped; its database is gone.")
        return 0
    except (MissingProgram, NoNetwork, PortTaken) as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"{step.name} cannot be set up:\n{error.stdout}", file=sys.stderr)
        return 1


def _serve(step: Step, server: Server, port: int, browse: bool) -> int:
    print(f"Setting up {step.name}: {step.title} …", flush=True)
    server.variables["TUTORIAL_COOKIES"] = str(port)
    server.prepare(people=step.has_people)
    if step.has_people:
        server.variables["TUTORIAL_PEOPLE"] = "1"
    with server.start(port, reload=True) as process:
        if not answers(port, process):
            print(f"{step.name} did not start: see above. Is port {port} free?")
            return 1
        print(_welcome(step, server), flush=True)
        if browse:
            os.environ[SPARED] = "1"
            webbrowser.open(server.address)
        return process.wait()


def _welcome(step: Step, server: Server) -> str:
    lines = ["", f"  {step.name}: {step.title}", f"  Open  {server.address}"]
    lines += [f"  Others open  {address}" for address in server.others]
    if "REDIS_URL" in server.variables:
        lines.append(f"  Redis {server.variables['REDIS_URL']}")
    if step.has_people:
        lines.append(f"  Log in as  {' or '.join(PEOPLE)}, password  {PASSWORD}")
    if step.meta.get("try"):
        lines.append(f"  Try   {step.meta['try']}")
    if step.meta.get("command"):
        lines.append(f"        nox -s manage -- {step.number} {step.meta['command']}")
    if server.others:
        lines += ["", WARNING, ""]
    return "\n".join([*lines, "  Stop  with Ctrl-C", ""])


if __name__ == "__main__":
    sys.exit(main())

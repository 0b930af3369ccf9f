"""Run the steps' own tests, each in its own folder: `nox -s tests -- 3`."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed

from tutorial import chain


def main(args: list[str]) -> int:
    """Run the named steps' tests, all steps' without a name; give the exit code.

    What starts with a dash, and all after it, goes to pytest.
    """
    split = next((i for i, arg in enumerate(args) if arg.startswith("-")), len(args))
    names, options = args[:split], args[split:]
    try:
        chosen = [chain.find(name) for name in names] or chain.steps()
    except chain.UnknownStep as error:
        print(error, file=sys.stderr)
        return 2
    failed = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {pool.submit(run, step, options): step for step in chosen}
        for future in as_completed(runs):
            output, code = future.result()
            print(f"--- {runs[future].name}\n{output}", flush=True)
            if code:
                failed.append(runs[future].name)
    done = f"{len(chosen) - len(failed)} of {len(chosen)} steps pass"
    print(f"{done}; failed: {', '.join(sorted(failed))}" if failed else done)
    return bool(failed)


def run(step: chain.Step, options: list[str]) -> tuple[str, int]:
    """Run one step's tests; give what pytest prints and its exit code."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    done = subprocess.run(
        command,
        cwd=step.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.stdout.strip(), done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

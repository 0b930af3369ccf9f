"""Ask whether a pinned package has a known hole: `nox -s audit`."""

import json
import shutil
import subprocess
import sys

from tools.chain.steps import ROOT

PIP_AUDIT = "pip-audit@2.10.1"
# The lock of the last step holds nothing that the first does not, as a test makes sure.
LOCKS = ("requirements.txt", "bench/requirements.txt")
NO_UV = "The audit needs uv on the PATH: https://docs.astral.sh/uv/"
NO_ANSWER = (
    "Nothing was audited, because the database of vulnerabilities did not answer. Are you "
    "connected to a network?"
)


def ask(uv: str) -> list[dict]:
    """Give what pip-audit knows of each package of the locks.

    A package that it could not look up has a `skip_reason`. Raises ValueError, with
    what it printed, when it gave no answer at all.
    """
    command = [uv, "tool", "run", "--quiet", PIP_AUDIT, "--require-hashes"]
    command += ["--disable-pip", "--format", "json", "--progress-spinner", "off"]
    for lock in LOCKS:
        command += ["--requirement", lock]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    try:
        return json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        raise ValueError(done.stderr.strip()) from None


def report(packages: list[dict]) -> tuple[list[str], bool]:
    """Give the lines that say what was found, and whether all is well.

    What could not be looked up is never well.
    """
    holes = [
        f"{package['name']} {package['version']}: {hole['id']}, fixed in "
        f"{', '.join(hole['fix_versions']) or 'no version yet'}"
        for package in packages
        for hole in package.get("vulns", [])
    ]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    if len(skipped) == len(packages):
        return [NO_ANSWER], False
    lines = [*holes, *(f"{name}: could not be looked up" for name in skipped)]
    count = len(packages) - len(skipped)
    lines.append(
        f"Looked up {count} of {len(packages)} packages: {len(holes)} known vulnerabilities"
    )
    return lines, not holes and not skipped


def main() -> int:
    """Print what was found; give the exit code, 0 when there is no known hole."""
    uv = shutil.which("uv")
    if uv is None:
        print(NO_UV, file=sys.stderr)
        return 1
    try:
        lines, well = report(ask(uv))
    except ValueError as error:
        lines, well = [NO_ANSWER, str(error)], False
    print("\n".join(lines))
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())

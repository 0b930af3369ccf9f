"""Hold a lock against the page that has it made: its command is not run again.

To run it takes a network, and on another day it would lock newer packages.
"""

import shlex
from collections.abc import Iterator

from tools.chain.requirements import entries


def lock_faults(
    tree: dict[str, list[str]], path: str, command: str, text: str
) -> Iterator[str]:
    """Yield what is wrong with a lock that a command should have made of a `tree`.

    uv writes its command above the lock, so the page has to name the very same. All that
    the file of wishes pins has to be there at that version, and each entry has hashes.
    """
    words = shlex.split(command)
    if f"\n#    {command}\n" not in text:
        yield f"{path}: “{command}” did not make it, but what its second line says"
    if path not in words:
        yield f"{path}: “{command}” writes another file"
    source = next((word for word in words if word.endswith(".in")), "")
    if source not in tree:
        yield f"{path}: “{command}” reads a file that is not there yet"
    locked = entries(text)
    there = {(entry.name, entry.version) for entry in locked}
    for line in tree.get(source, []):
        wish = {(entry.name, entry.version) for entry in entries(line)}
        if not wish or not wish <= there:
            yield f"{path}: does not lock “{line}”, which {source} asks for"
    for entry in locked:
        if not entry.hashes:
            yield f"{path}: {entry.name} has no hash"

"""A step as a zip, the same bytes on every machine and every day."""

import io
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from tools.chain.steps import Step, step_files

UNIX = 3
MODE = 0o100644 << 16  # a plain file, readable by all


def archive(step: Step) -> bytes:
    """Give a zip of a step's files, in a folder of the step's name.

    Nothing is compressed: what a compressor gives differs from version to version.
    """
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as target:
        for path in step_files(step.folder):
            # Without a date it has the earliest that a zip can say.
            entry = ZipInfo(f"{step.name}/{Path(path).as_posix()}")
            entry.create_system = UNIX
            entry.external_attr = MODE
            target.writestr(entry, (step.folder / path).read_bytes())
    return buffer.getvalue()

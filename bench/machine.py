"""Where and how it was measured: in one line, above the tables."""

import os
import platform
import tempfile
import time
from datetime import date
from pathlib import Path
from statistics import median

WRITES = 50


def machine(runs: int, folder: Path) -> str:
    """Say where and how it was measured, and what an fsync costs in the databases' folder."""
    how = f"medians of {runs} interleaved runs" if runs > 1 else "one run"
    return (
        f"{date.today():%d %B %Y}, {platform.system()}, {os.cpu_count()} processors, "
        f"Python {platform.python_version()}, {fsync_time(folder) * 1000:.2f} ms an fsync; "
        f"{how}."
    )


def fsync_time(folder: Path) -> float:
    """Give the seconds until 4 KiB, written into a folder, are on the disk; a median."""
    times = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(WRITES):
            start = time.perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            times.append(time.perf_counter() - start)
    return median(times)

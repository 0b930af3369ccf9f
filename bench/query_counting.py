"""Count the queries of a Django server, in a file: a byte for each."""

import os

from django.db.backends.signals import connection_created


def start() -> None:
    """Count from now on, where BENCH_QUERIES names a file."""
    if path := os.environ.get("BENCH_QUERIES"):
        log = open(path, "ab", buffering=0)  # noqa: SIM115, open as long as we serve

        def count(execute, *args):
            log.write(b".")
            return execute(*args)

        def watch(connection, **kwargs):
            if count not in connection.execute_wrappers:
                connection.execute_wrappers.append(count)

        connection_created.connect(watch, weak=False)

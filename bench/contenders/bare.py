"""A bare `websockets` server with SQLite and nothing else: the limit of this machine.

`python -m bench.contenders.bare PORT` serves the database of BENCH_DATABASE.
"""

import asyncio
import json
import os
import sqlite3
import sys
from collections import defaultdict
from http.cookies import SimpleCookie

from websockets.asyncio.server import broadcast, serve

TABS = defaultdict(set)


def open_database():
    """Open the database, tuned, each statement a transaction of its own."""
    database = sqlite3.connect(os.environ["BENCH_DATABASE"], isolation_level=None)
    database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
    if path := os.environ.get("BENCH_QUERIES"):
        log = open(path, "ab", buffering=0)  # noqa: SIM115, open as long as we serve
        database.set_trace_callback(lambda sql: log.write(b"."))
    return database


def user_of(database, cookies):
    """Give the id and name of the user that a session belongs to, or None."""
    session = SimpleCookie(cookies).get("sessionid")
    query = "SELECT id, name FROM user WHERE session = ?"
    return session and database.execute(query, [session.value]).fetchone()


def task_list(database, user, name, task=None):
    """Give all tasks of a user, or that one, each with its items."""
    which, values = ("AND task.id = ?", [user, task]) if task else ("", [user])
    items = defaultdict(list)
    query = f"""SELECT item.id, item.name, task_id, done_at, user.name FROM item
        JOIN task ON task.id = task_id LEFT JOIN user ON user.id = done_by
        WHERE user_id = ? {which} ORDER BY item.id"""
    for row in database.execute(query, values):
        keys = ("id", "name", "task", "done_at", "done_by")
        items[row[2]].append(dict(zip(keys, row, strict=True)))
    query = f"SELECT id, name FROM task WHERE user_id = ? {which} ORDER BY id"
    return [
        {"id": pk, "name": text, "user": name, "item_set": items[pk]}
        for pk, text in database.execute(query, values)
    ]


def change(database, user, name, frame):
    """Carry out a frame; give what every tab is told."""
    match frame["type"]:
        case "task.create" if 0 < len(frame["name"]) <= 128:
            query = "INSERT INTO task (user_id, name) VALUES (?, ?)"
            pk = database.execute(query, [user, frame["name"]]).lastrowid
        case "task.update" if 0 < len(frame["name"]) <= 128:
            pk, query = (
                frame["id"],
                "UPDATE task SET name = ? WHERE id = ? AND user_id = ?",
            )
            if not database.execute(query, [frame["name"], pk, user]).rowcount:
                raise ValueError("There is no such task.")
        case "task.delete":
            query = "DELETE FROM task WHERE id = ? AND user_id = ?"
            if not database.execute(query, [frame["id"], user]).rowcount:
                raise ValueError("There is no such task.")
            return {"type": "task.delete", "id": frame["id"]}
        case _:
            raise ValueError("Unknown frame.")
    (task,) = task_list(database, user, name, pk)
    return {"type": frame["type"], **task}


async def main(port):
    database = open_database()

    async def handle(socket):
        found = user_of(database, socket.request.headers.get("Cookie"))
        if found is None:
            return
        user, name = found
        TABS[user].add(socket)
        try:
            tasks = task_list(database, user, name)
            await socket.send(json.dumps({"type": "task.list", "tasks": tasks}))
            async for text in socket:
                try:
                    told = change(database, user, name, json.loads(text))
                except (ValueError, KeyError, TypeError) as error:
                    told = {"type": "error", "message": str(error)}
                    await socket.send(json.dumps(told))
                else:
                    broadcast(TABS[user], json.dumps(told))
        finally:
            TABS[user].discard(socket)

    async with serve(handle, "127.0.0.1", port, compression=None) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))

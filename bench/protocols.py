"""What the client says to a contender, and how it reads what the contender says."""

from dataclasses import dataclass, field


class Trouble(Exception):
    """A frame was lost, or wrong, or an error: what was measured counts for nothing."""


@dataclass
class Event:
    """A change or a list, whoever told it."""

    kind: str
    id: int | None = None
    name: str | None = None
    tasks: list[dict] = field(default_factory=list)
    last: bool = True  # of the parts of a list


class Dialect:
    """The frames of the tutorial, which the plain contenders speak as well."""

    opening: dict | None = None  # what a client asks for the list

    def create(self, name: str) -> dict:
        return {"type": "task.create", "name": name}

    def update(self, pk: int, name: str) -> dict:
        return {"type": "task.update", "id": pk, "name": name}

    def delete(self, pk: int) -> dict:
        return {"type": "task.delete", "id": pk}

    def read(self, frame: dict) -> Event | None:
        """Give what a frame tells, None for what is none of ours; raise Trouble."""
        match frame["type"]:
            case "error":
                raise Trouble(f"an error: {frame}")
            case "task.list":
                last = frame.get("part", 1) == frame.get("parts", 1)
                return Event("list", tasks=frame["tasks"], last=last)
            case "task.create" | "task.update" | "task.delete" as type:
                kind = type.removeprefix("task.")
                return Event(kind, frame["id"], frame.get("name"))
        return None


class DcrfDialect(Dialect):
    """Requests have answers of their own, beside what the observer tells every tab."""

    opening = {"action": "list", "request_id": 0}

    def create(self, name):
        return {"action": "create", "request_id": 1, "data": {"name": name}}

    def update(self, pk, name):
        return {"action": "patch", "request_id": 1, "pk": pk, "data": {"name": name}}

    def delete(self, pk):
        return {"action": "delete", "request_id": 1, "pk": pk}

    def read(self, frame):
        if "request_id" not in frame:
            return super().read(frame)
        if frame["errors"]:
            raise Trouble(f"an error: {frame}")
        if frame["action"] == "list":
            return Event("list", tasks=frame["data"])
        return None


class ChanxDialect(Dialect):
    """Every frame has an action and a payload."""

    def create(self, name):
        return {"action": "task.create", "payload": {"name": name}}

    def update(self, pk, name):
        return {"action": "task.update", "payload": {"id": pk, "name": name}}

    def delete(self, pk):
        return {"action": "task.delete", "payload": {"id": pk}}

    def read(self, frame):
        action, payload = frame["action"], frame["payload"]
        if action == "task.list":
            return Event("list", tasks=payload)
        if action == "error":
            raise Trouble(f"an error: {frame}")
        return super().read({"type": action.removesuffix("d"), **payload})

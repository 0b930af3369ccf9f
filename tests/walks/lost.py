"""Make Redis lose what is published, for one of two servers, whenever a walk wants it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis


@contextmanager
def deaf(url: str) -> Iterator[None]:
    """Within the block, the server that came to Redis last hears nothing from it.

    Its subscription is gone, as after a restart of Redis, and it cannot subscribe again
    before the block ends. Afterwards it has. The other server must have sent something
    before: nobody can connect within the block. Raises AssertionError when the server
    does not subscribe again.
    """
    with Redis.from_url(url, decode_responses=True) as redis:
        before = _subscriptions(redis)
        last = max(redis.client_list(_type="pubsub"), key=lambda each: int(each["id"]))
        most = redis.config_get("maxclients")["maxclients"]
        redis.config_set("maxclients", 1)
        redis.client_kill_filter(_id=last["id"])
        try:
            yield
        finally:
            redis.config_set("maxclients", most)
        until = time.monotonic() + 20
        while _subscriptions(redis) != before:
            assert time.monotonic() < until, "a server has not subscribed again"
            time.sleep(0.05)


def _subscriptions(redis: Redis) -> int:
    return sum(int(each["sub"]) for each in redis.client_list(_type="pubsub"))

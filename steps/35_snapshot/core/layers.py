from redis import ConnectionError
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff


def redis_layer(url):
    """The channel layer that joins processes, for the settings.

    A restart of Redis takes a moment: try again before giving up. A Redis that is there
    and says nothing gets no second chance, because all sockets of the process wait.
    """
    backoff = ExponentialBackoff(base=0.1, cap=1)
    retry = Retry(backoff, retries=4, supported_errors=(ConnectionError,))
    # A timeout is for connecting, too.
    host = {"address": url, "retry": retry, "socket_timeout": 2}
    return {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [host]},
    }


def redis_cache(url):
    """A cache that all processes share, for the settings. Nobody waits for it long."""
    backend = "django.core.cache.backends.redis.RedisCache"
    patience = {"socket_timeout": 1, "socket_connect_timeout": 1}
    return {"BACKEND": backend, "LOCATION": url, "OPTIONS": patience}

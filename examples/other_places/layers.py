from urllib.parse import urlsplit

from redis import ConnectionError
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff


def redis_layer(url):
    """The channel layer that joins processes, for the settings.

    sentinel://one:26379,two:26379,three:26379/main names the sentinels, and the master
    that they watch. They need a moment to choose another: try again before giving up.
    """
    where = urlsplit(url)
    backoff = ExponentialBackoff(base=0.1, cap=1)
    main = {
        "sentinels": [tuple(each.split(":")) for each in where.netloc.split(",")],
        "sentinel_kwargs": {"socket_timeout": 1},
        "master_name": where.path[1:],
        "retry": Retry(backoff, retries=10, supported_errors=(ConnectionError,)),
        "socket_timeout": 2,
    }
    return {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [main]},
    }


def redis_cache(url):
    """A cache of each process's own, for the settings: Django's knows no sentinels."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    return {"BACKEND": backend, "OPTIONS": {"MAX_ENTRIES": 50}}

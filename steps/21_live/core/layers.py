from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff


def redis_layer(url):
    """The channel layer that joins processes, for the settings.

    A restart of Redis takes a moment: try again before giving up.
    """
    retry = Retry(ExponentialBackoff(base=0.1, cap=1), retries=4)
    return {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{"address": url, "retry": retry}]},
    }

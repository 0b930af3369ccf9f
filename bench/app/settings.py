"""The settings of the contenders that are no step; BENCH_TUNED=1 tunes what ours does."""

import os
from typing import Any

import environ

from bench import query_counting

SECRET_KEY = "only-for-the-bench"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "channels",
    "bench.app.apps.ChecklistConfig",
]

ROOT_URLCONF = "bench.app.urls"

USE_TZ = True

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["BENCH_DATABASE"],
    }
}

CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "channels.layers.InMemoryChannelLayer"},
}

if url := os.environ.get("REDIS_URL"):
    CHANNEL_LAYERS["default"] = {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        # Without the time-out redis-py 8 closes idle sockets after five seconds.
        "CONFIG": {"hosts": [{"address": url, "socket_timeout": None}]},
    }

if os.environ.get("BENCH_TUNED"):
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 3,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    if url:
        layer = "channels_redis.pubsub.RedisPubSubChannelLayer"
        CHANNEL_LAYERS["default"] = {"BACKEND": layer, "CONFIG": {"hosts": [url]}}
    else:
        CHANNEL_LAYERS["default"]["CONFIG"] = {"capacity": 10_000}

if address := os.environ.get("DATABASE_URL"):
    # As the last step has it.
    database = environ.Env.db_url_config(address)
    database["OPTIONS"] = {
        "pool": {"min_size": 1, "max_size": 12, "timeout": 3},
        "options": "-c lock_timeout=3s -c statement_timeout=10s",
    }
    DATABASES["default"] = database | {"CONN_HEALTH_CHECKS": True}

query_counting.start()

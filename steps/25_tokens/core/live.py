"""The settings of a server: what is secret or local comes from the environment."""

import environ
from django.conf import global_settings
from django.core.exceptions import ImproperlyConfigured

from .settings import *

env = environ.Env()

# Each of these has to be there; core.settings has read the last two already.
for name in ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"):
    if not env.str(name, default=""):
        raise ImproperlyConfigured(f"Set the environment variable {name}.")

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")

# The proxy speaks https with the browsers, and says so.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = ["^health/$"]
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=3600)
# Other hosts of the domain, and the browsers' own list, are not ours to decide on.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

STATIC_ROOT = BASE_DIR / "static"
STORAGES = global_settings.STORAGES | {
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
    }
}
MIDDLEWARE.insert(1, "whitenoise.middleware.WhiteNoiseMiddleware")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "class": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "json"}},
    "loggers": {"uvicorn": {"handlers": [], "propagate": True}},
    "root": {"handlers": ["lines"], "level": "INFO"},
}

import environ
from django.core.exceptions import ImproperlyConfigured


def postgresql(url):
    """The database that several processes share: no thread waits for it for long."""
    config = environ.Env.db_url_config(url)
    if config.get("ENGINE") != "django.db.backends.postgresql":
        raise ImproperlyConfigured("DATABASE_URL must begin with postgres://")
    options = config.setdefault("OPTIONS", {})  # sslmode, if the address has it
    options["pool"] = {"min_size": 1, "max_size": 12, "timeout": 3}
    options.setdefault("options", "-c lock_timeout=3s -c statement_timeout=10s")
    return config | {"CONN_HEALTH_CHECKS": True}

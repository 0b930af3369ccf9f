import environ
from django.core.exceptions import ImproperlyConfigured


def postgresql(url):
    """The database that several processes share, for the settings.

    Each process keeps up to four connections open and lends them to its threads. A
    thread that gets none within three seconds raises an error and holds up nobody.
    """
    config = environ.Env.db_url_config(url)
    if config.get("ENGINE") != "django.db.backends.postgresql":
        raise ImproperlyConfigured("DATABASE_URL must begin with postgres://")
    pool = {"min_size": 1, "max_size": 4, "timeout": 3}
    return config | {"CONN_HEALTH_CHECKS": True, "OPTIONS": {"pool": pool}}

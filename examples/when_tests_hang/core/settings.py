import environ

SECRET_KEY = "insecure-and-public-good-for-learning-only"

INSTALLED_APPS = ["chat"]

CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

DATABASES = {
    "default": environ.Env().db("DATABASE_URL", default="sqlite:///db.sqlite3")
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True

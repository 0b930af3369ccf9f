import os
from pathlib import Path

from .databases import postgresql
from .layers import redis_cache, redis_layer
from .shares import most

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = "insecure-and-public-good-for-learning-only"

DEBUG = True

ALLOWED_HOSTS = []

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "chat",
    "checklist",
    "once",
    "axes",
    "corsheaders",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "core.urls"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "core" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

LOGIN_REDIRECT_URL = "home"

LOGOUT_REDIRECT_URL = "login"

ASGI_APPLICATION = "core.asgi.application"

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels.layers.InMemoryChannelLayer",
        "CONFIG": {"capacity": 10_000},
    },
}

LOCAL_MEMORY = "django.core.cache.backends.locmem.LocMemCache"
CACHES = {"default": {"BACKEND": LOCAL_MEMORY, "OPTIONS": {"MAX_ENTRIES": 50}}}

if url := os.environ.get("REDIS_URL"):
    CHANNEL_LAYERS["default"] = redis_layer(url)
    CACHES["default"] = redis_cache(url)

# How fast frames may come: so many at once, then so many a second. 0: no limit.
FRAME_BURST = most("FRAME_BURST", 1000)
FRAME_RATE = most("FRAME_RATE", 20)

# What one person may take. 0: no limit.
MOST_TASKS = most("MOST_TASKS", 1000)
MOST_MEMBERS = most("MOST_MEMBERS", 100)  # of a list
MOST_ROOMS = most("MOST_ROOMS", 50)
MOST_MESSAGES = most("MOST_MESSAGES", 1000)  # in a room; the oldest are deleted
MOST_SOCKETS = most("MOST_SOCKETS", 20)  # in a process; the oldest closes

# How many log-ins may fail, for one user name from one address. 0: any number.
AXES_FAILURE_LIMIT = most("MOST_FAILED_LOGINS", 5)
AXES_ENABLED = AXES_FAILURE_LIMIT > 0
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "core.shares.username"
AXES_COOLOFF_TIME = 5 / 60  # hours
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_DISABLE_ACCESS_LOG = True

# The API takes tokens. Cookies would come with requests of other sites' pages, too.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["core.tokens.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["core.api.ShareThrottle"],
    "DEFAULT_PARSER_CLASSES": ["core.api.ObjectParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "core.api.Pagination",
    "PAGE_SIZE": 25,
    "EXCEPTION_HANDLER": "core.errors.handle_error",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Checklist",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "COMPONENT_SPLIT_REQUEST": True,  # what is sent has no id, what comes back has
}

# Front ends that come from elsewhere, such as "https://app.example.com".
CORS_ALLOWED_ORIGINS = os.environ.get("FRONT_ENDS", "").split()
CORS_URLS_REGEX = "^/api/"

# Who answers `/ask`: where it speaks as language models do, a key, and a model's name.
ANSWER_URL = os.environ.get("ANSWER_URL", "http://127.0.0.1:8100/v1")
ANSWER_KEY = os.environ.get("ANSWER_KEY", "none")
ANSWER_MODEL = os.environ.get("ANSWER_MODEL", "slow")

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": BASE_DIR / "db.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 3,  # seconds for a lock: all sockets wait meanwhile
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesBackend",
    "django.contrib.auth.backends.ModelBackend",
]

if url := os.environ.get("DATABASE_URL"):
    DATABASES["default"] = postgresql(url)

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en-us"

TIME_ZONE = "UTC"

USE_I18N = True

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True

STATIC_URL = "static/"

STATICFILES_DIRS = [BASE_DIR / "core" / "static"]

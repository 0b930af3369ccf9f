from uvicorn_worker import UvicornWorker


class Worker(UvicornWorker):
    """What compose.yaml tells uvicorn in its command, gunicorn's worker is told here."""

    CONFIG_KWARGS = {
        "lifespan": "off",
        "ws_max_size": 1048576,
        "ws_per_message_deflate": False,
        "timeout_graceful_shutdown": 10,
    }

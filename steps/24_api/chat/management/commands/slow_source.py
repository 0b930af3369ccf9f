import json
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        question = body["messages"][0]["content"]
        for word in f"You ask “{question}” I thought for long, and cannot say.".split():
            chunk = {"choices": [{"delta": {"content": f" {word}"}}]}
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            time.sleep(0.3)
        self.wfile.write(b"data: [DONE]\n\n")


class Command(BaseCommand):
    help = "Answer as slowly as a language model, without a network and without a key."

    def handle(self, **options):
        port = urlsplit(settings.ANSWER_URL).port
        self.stdout.write(f"Questions are answered on port {port}, until Ctrl-C.")
        with suppress(KeyboardInterrupt):
            ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()

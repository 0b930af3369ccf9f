"""The live system with one worker, for attacks on it by way of its proxy."""

import http.client

import psycopg

from tests.attacks.raw import Target
from tests.attacks.world import TOKEN
from tools.chain.steps import all_steps
from tools.live.system import NAME, Live
from tools.servers.demo_users import make_crowd


class LiveWorld(Live):
    """The last step as it runs live; `session` is that of a superuser."""

    def __init__(self, folder):
        super().__init__(all_steps()[-1], folder, workers=1)
        self.variables |= {"FRAME_BURST": "0", "MOST_SOCKETS": "0"}

    def __enter__(self):
        super().__enter__()
        (self.session,) = make_crowd(self, 1).values()
        with psycopg.connect(self.postgres.url) as database:
            database.execute(
                "UPDATE auth_user SET is_staff = true, is_superuser = true"
            )
        return self

    @property
    def proxy(self) -> Target:
        return Target(self.port, NAME, self.session, self.workers[0], self.tls)

    @property
    def worker(self) -> Target:
        """What the proxy stands before, without it."""
        return Target(self.ports[0], NAME, self.session, self.workers[0])

    def ask(self, method: str, path: str, body=None, cookies="", **headers) -> int:
        """Ask for a page by way of the proxy; give its status."""
        address = (NAME, self.port)
        connection = http.client.HTTPSConnection(*address, timeout=30, context=self.tls)
        headers = {
            "Cookie": f"csrftoken={TOKEN}; sessionid={self.session}; {cookies}",
            "Origin": self.address.rstrip("/"),
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, headers)
            return connection.getresponse().status
        finally:
            connection.close()

"""Attacks that Hypothesis makes: few of them in `nox`, many with `--examples 2000`."""

import pytest
from hypothesis import HealthCheck, Phase, configuration, settings

from tests.attacks.live import LiveWorld
from tests.conftest import need
from tools.chain.steps import ROOT
from tools.live.system import find_nginx
from tools.servers.postgres_server import find_postgres
from tools.servers.redis_server import find_redis

EXAMPLES = 8


def pytest_addoption(parser):
    parser.addoption(
        "--examples",
        type=int,
        default=EXAMPLES,
        help="how many sequences of frames each kind of server is attacked with",
    )


def pytest_configure(config):
    # What has failed is tried first the next time.
    configuration.set_hypothesis_home_dir(ROOT / ".nox" / "hypothesis")
    if config.getoption("hypothesis_profile", None):
        return
    settings.register_profile(
        "attacks",
        max_examples=config.getoption("examples"),
        deadline=None,  # servers take their time
        derandomize=False,  # also in CI, where Hypothesis would: nox prints the seed
        print_blob=True,
        report_multiple_bugs=False,
        phases=[each for each in Phase if each is not Phase.explain],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    settings.load_profile("attacks")


@pytest.fixture(scope="session")
def live(tmp_path_factory):
    need(find_redis, find_postgres, find_nginx)
    with LiveWorld(tmp_path_factory.mktemp("live")) as live:
        yield live

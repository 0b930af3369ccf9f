"""Faults: what the last step's pages show after a server, Redis or the network failed."""

from tests.walks.conftest import browser_type_launch_args, databases, stage

__all__ = ["browser_type_launch_args", "databases", "stage"]


def pytest_addoption(parser):
    parser.addoption(
        "--runs", type=int, default=8, help="how many runs, each with a seed of its own"
    )
    parser.addoption(
        "--once-runs",
        type=int,
        default=2,
        help="how many runs in which nothing is lost",
    )


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(metafunc.config.getoption("--runs")))
    if "once_seed" in metafunc.fixturenames:
        runs = metafunc.config.getoption("--once-runs")
        metafunc.parametrize("once_seed", range(runs))

"""Faults: what the last step's pages show after a server, Redis or the network failed."""

from tests.walks.conftest import browser_type_launch_args, databases, stage

__all__ = ["browser_type_launch_args", "databases", "stage"]


def pytest_addoption(parser):
    parser.addoption(
        "--runs", type=int, default=8, help="how many runs, each with a seed of its own"
    )


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(metafunc.config.getoption("--runs")))

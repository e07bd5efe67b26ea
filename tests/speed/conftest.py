"""Lines that a benchmark adds below the table of times."""

import pytest

LINES = pytest.StashKey[list[str]]()


def pytest_configure(config):
    """Start with no lines."""
    config.stash[LINES] = []


@pytest.fixture
def speed_table(pytestconfig):
    """Lines to print at the end."""
    return pytestconfig.stash[LINES]


def pytest_terminal_summary(terminalreporter, config):
    """Print what was measured against its goal."""
    for line in config.stash[LINES]:
        terminalreporter.write_line(line)

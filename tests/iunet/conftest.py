"""What all tests of the learning code share."""

import pytest


@pytest.fixture(autouse=True)
def one_thread_each(one_arithmetic_thread):
    """Every test here has one arithmetic thread."""

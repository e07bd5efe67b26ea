"""What all tests of the learning code share."""

import pytest
import torch


@pytest.fixture(autouse=True)
def one_arithmetic_thread():
    """Threads only get into each other's way with networks this small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)

"""On tables without a fault no check says anything."""

import pytest

from bench.audit.audit import CHECKS


@pytest.mark.parametrize(("key", "check"), [(key, check) for key, _, check in CHECKS])
def test_a_check_is_silent_on_clean_tables(key, check, clean):
    assert [finding.headline for finding in check(clean)] == []

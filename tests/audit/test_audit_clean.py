"""On tables without a fault no check says anything."""

import pytest

from bench.audit.audit import CHECKS, audit_tables


@pytest.mark.parametrize("key", [key for key, _, _ in CHECKS])
def test_a_check_is_silent_on_clean_tables(key, clean):
    assert [one.headline for one in audit_tables(clean) if one.check == key] == []

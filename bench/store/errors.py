"""What can go wrong with kept results."""

from __future__ import annotations

from bench.errors import DataError, Incomplete


class DamagedRecord(DataError):
    """A record that cannot be read or does not match its id."""


class OtherData(DataError):
    """A record made from other data than is asked for; it is refused, never retrained silently."""


class CannotWrite(Incomplete):
    """The results folder takes no files: full disk, read-only, or not a folder."""

"""What can go wrong with data; exit status 5, one line each."""

from __future__ import annotations

from bench.errors import DataError


class DataMissing(DataError):
    """A dataset that is not at hand; the message says where it was looked for and how to get it."""


class DataMismatch(DataError):
    """Content that is not what the catalogue has; the message names both numbers."""


class DataDamaged(DataError):
    """A file that cannot be read, or whose checksum is not the recorded one."""


class FetchFailed(DataError):
    """A download that did not end well; the store is as it was."""


class StoreUnwritable(DataError):
    """The local store could not be written: disk full, read-only or forbidden."""

"""What can go wrong, by exit status; each message is one line with the value and the next step."""

from __future__ import annotations


class BenchError(Exception):
    """Base of every error the command line reports in one line."""

    exit_status = 1


class UsageError(BenchError):
    """A name or option nobody declared; the message lists what is known."""

    exit_status = 2


class RunsFailed(BenchError):
    """Some runs failed; the others are kept."""

    exit_status = 3


class Incomplete(BenchError):
    """Something asked for is absent; the message says what and how to make it."""

    exit_status = 4


class CannotWrite(Incomplete):
    """A folder takes no files: a full disk, a read-only one, or not a folder."""


class DataError(BenchError):
    """Data missing or damaged."""

    exit_status = 5


class DataMissing(DataError):
    """A dataset that is not at hand; the message says where it was looked for and how to get it."""


class DataMismatch(DataError):
    """Content that is not what the catalogue has; the message names both numbers."""


class DataDamaged(DataError):
    """A file that cannot be read, or whose checksum is not the recorded one."""


class FetchFailed(DataError):
    """A download that did not end well; the store is as it was."""


class StoreUnwritable(DataError):
    """The local store of datasets could not be written: disk full, read-only or forbidden."""


class NotComparable(BenchError):
    """Two numbers that must not be compared; the message names the difference."""

    exit_status = 6

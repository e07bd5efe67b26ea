"""What can go wrong, by exit status; each message is one line with the value and the next step."""

from __future__ import annotations

from collections.abc import Mapping


class BenchError(Exception):
    """Base of every error the command line reports in one line; by itself, a file that declares
    something is wrong.

    None has status 1, which says that `bench check` found a regression.
    """

    exit_status = 2


class UsageError(BenchError):
    """A name or option nobody declared; the message lists what is known."""


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


class Unforeseen(BenchError):
    """An error of the suite itself, or of a library, that nobody foresaw."""

    exit_status = 70


def exclude(flag: str, others: Mapping[str, object]) -> None:
    """Refuse a flag beside others that it would ignore.

    Args:
        flag: the one that is given.
        others: flags with their values; one whose value is empty or False is not given.

    Raises:
        UsageError: one of the others is given.
    """
    for other, value in others.items():
        if value:
            raise UsageError(f"{other} and {flag} exclude each other; name one")

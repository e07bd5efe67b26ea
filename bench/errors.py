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


class DataError(BenchError):
    """Data missing or damaged."""

    exit_status = 5


class NotComparable(BenchError):
    """Two numbers that must not be compared; the message names the difference."""

    exit_status = 6

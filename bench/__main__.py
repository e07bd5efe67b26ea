"""The `bench` command: runs it and turns what can go wrong into one line and an exit status."""

from __future__ import annotations

import sys

from bench.errors import BenchError, UsageError


def main() -> None:
    """Entry point of the console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command with these arguments; the exit status."""
    from bench.cli.app import build_app

    try:
        build_app()(arguments, prog_name="bench")
    except BenchError as error:
        return _report(error, error.exit_status)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    except _declared_errors() as error:  # looked up only when nothing above fits
        return _report(error, UsageError.exit_status)
    return 0


def _declared_errors() -> tuple[type[Exception], ...]:
    """What iunet and baselines raise for a name or a setting that nobody declared."""
    from baselines.registry import BrokenMethod
    from iunet.declare.contract import UnknownKey
    from iunet.declare.protocol import ProtocolError

    return UnknownKey, ProtocolError, BrokenMethod


def _report(error: Exception, status: int) -> int:
    print(f"bench: {error}", file=sys.stderr)
    return status


if __name__ == "__main__":
    main()

"""The `bench` command: runs it and turns what can go wrong into one line and an exit status."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from re import match

from bench.errors import BenchError, UsageError


def main() -> None:
    """Entry point of the console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a sign the output cannot take is no failure
    try:
        status = run(sys.argv[1:])
        sys.stdout.flush()
        sys.exit(status)
    except BrokenPipeError:  # whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except ImportError as error:
        from iunet.walk import name_clash

        clash = name_clash("bench")
        if not clash:
            raise
        sys.exit(_report(f"{error}; {clash}", UsageError.exit_status))


def run(arguments: list[str]) -> int:
    """Run the command with these arguments; the exit status."""
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:], "--help"]
    from typer import TyperException

    from bench.cli import build_app

    try:
        status = build_app("".join(arguments[:1]))(
            arguments, prog_name="bench", standalone_mode=False
        )
    except BenchError as error:
        return _report(str(error), error.exit_status)
    except TyperException as error:
        return _refuse(error.format_message())
    except SystemExit as stop:
        if isinstance(stop.__context__, BrokenPipeError):  # typer makes it status 1
            return 0
        return stop.code if isinstance(stop.code, int) else 1
    except _declared_errors() as error:  # looked up only when nothing above fits
        return _report(str(error), UsageError.exit_status)
    return status if isinstance(status, int) else 0


def _declared_errors() -> tuple[type[Exception], ...]:
    """What iunet and baselines raise for a name or a setting that nobody declared."""
    from baselines.registry import BrokenMethod
    from iunet.architectures import BrokenNet
    from iunet.criteria import BrokenCriterion
    from iunet.declare.contract import UnknownKey
    from iunet.declare.protocol import ProtocolError

    return UnknownKey, ProtocolError, BrokenMethod, BrokenCriterion, BrokenNet


def _refuse(message: str) -> int:
    """Say in one line what is wrong with the arguments; without any, the message is help."""
    if "\n" in message:
        from bench.render.text import say

        say(*message.split("\n"), err=True)
        return UsageError.exit_status
    said = f"{message[:1].lower()}{message[1:].rstrip('.')}".replace(". Did you", "; did you")
    option = match(r"(no such option: (\S+)) \(Possible options: (.*)\)", said)
    if option:
        from iunet.declare.contract import closest_first

        said = f"{option[1]}; did you mean {closest_first(option[2], option[3].split(', '))}?"
    if said.endswith(": -n"):
        said += "; --dry-run says what would run, --no-run shows what is there"
    stop = "" if said.endswith("?") else ";"
    return _report(f"{said}{stop} --help lists what there is", UsageError.exit_status)


def _report(message: str, status: int) -> int:
    from bench.render.text import say

    say(f"bench: {message}", err=True)
    return status


if __name__ == "__main__":
    main()

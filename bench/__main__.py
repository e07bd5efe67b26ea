"""The `bench` command: runs it and turns what can go wrong into one line and an exit status."""

from __future__ import annotations

import gc
import os
import signal
import sys
from errno import ENOSPC
from io import TextIOWrapper

from bench.errors import BenchError, CannotWrite, Unforeseen, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to import than all of the above
    from collections.abc import Callable, Sequence
    from types import FrameType
    from typing import TextIO

DEBUG = "--debug"
"""Shows the traceback of an unforeseen error; it may stand anywhere on a command line."""

NO_ROOM = "cannot write all of the output: make room, or write it elsewhere"

LONGEST = 300
"""Characters of an unforeseen error's message; the whole of it stands above its traceback."""


def main() -> None:
    """Entry point of the console script.

    A signal ends the command quietly, with 128 and its number, from here on: imports that take a
    while come later.
    """
    signals: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        signals.append(number)
        raise SystemExit(128 + number)

    def quit_at_once(number: int, frame: FrameType | None) -> None:
        os._exit(128 + number)

    def ignored(swallowed: sys.UnraisableHookArgs) -> None:
        if signals:  # a destructor took the exception of a signal; nothing will raise it again
            quit_at_once(signals[-1], None)
        sys.__unraisablehook__(swallowed)

    sys.unraisablehook = ignored
    _handle(stop)
    _open_streams()
    status = _flushed(run(sys.argv[1:], signals))
    _handle(quit_at_once)  # Python shows the traceback of what is raised while it ends
    gc.freeze()  # Python would search all that is left for cycles before it ends
    sys.exit(128 + signals[-1] if signals else status)


def run(arguments: Sequence[str], signals: Sequence[int] = ()) -> int:
    """Run the command with these arguments; the exit status.

    Args:
        arguments: as typed.
        signals: those that came while it ran; an error after one is not reported.
    """
    words = [word for word in arguments if word != DEBUG]
    try:
        return _run(words)
    except BenchError as error:
        return _report(str(error), error.exit_status)
    except Exception as error:
        if signals:
            return 128 + signals[-1]
        if _is_declared(error):
            return _report(str(error), UsageError.exit_status)
        if isinstance(error, OSError) and error.errno == ENOSPC:
            _drop_output(sys.stdout)  # else what is left of it fails once more in the end
            return _report(NO_ROOM, CannotWrite.exit_status)
        return _unforeseen(error, words, debug=DEBUG in arguments)


def _handle(handler: Callable[[int, FrameType | None], None]) -> None:
    """Call this at Ctrl-C and SIGTERM, unless whoever started the command has them ignored."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def _open_streams() -> None:
    """Standard streams that take every character, also where the caller closed them: else the next
    file that is opened would get what a library prints."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a sign the output cannot take is no failure


def _flushed(status: int) -> int:
    """The exit status, after all output has left."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has seen enough
        _drop_output()
    except OSError:
        _drop_output(sys.stdout)
        return _report(NO_ROOM, CannotWrite.exit_status)
    return status


def _drop_output(*streams: TextIO) -> None:
    """Let what was not written yet go nowhere; Python would complain at its end."""
    for stream in streams or (sys.stdout, sys.stderr):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _run(words: list[str]) -> int:
    if words[:1] == ["help"]:
        words = [*words[1:], "--help"]
    _check_texts(words)
    from typer import TyperException

    from bench.cli import build_app

    try:
        status = build_app("".join(words[:1]))(words, prog_name="bench", standalone_mode=False)
    except TyperException as error:
        return _refuse(error.format_message())
    except SystemExit as stop:
        if isinstance(stop.__context__, BrokenPipeError):  # typer makes it status 1
            _drop_output()
            return 0
        return stop.code if isinstance(stop.code, int) else Unforeseen.exit_status
    return status if isinstance(status, int) else 0


def _check_texts(words: Sequence[str]) -> None:
    """Refuse what no option means and no file can be written with.

    Raises:
        UsageError: an empty argument, or an argument or a BENCH_ variable that is not UTF-8.
    """
    for before, word in zip(("bench", *words), words, strict=False):
        if not word or (word.startswith("--") and word.endswith("=")):
            raise UsageError(f"an empty value after {before!r}; give one or leave the option out")
    variables = {name: text for name, text in os.environ.items() if name.startswith("BENCH_")}
    for name, text in (*zip(words, words, strict=True), *variables.items()):
        if "\0" in text or text.encode(errors="replace") != text.encode(errors="surrogatepass"):
            what = "an argument" if name is text else name
            raise UsageError(f"{what} is not UTF-8 text: {ascii(text)[:LONGEST]}; correct it")


def _is_declared(error: Exception) -> bool:
    """Whether iunet or baselines raised it for a name or a setting that nobody declared."""
    places = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    return bool(places & {"iunet", "baselines"}) and isinstance(error, _declared_errors())


def _declared_errors() -> tuple[type[Exception], ...]:
    """What iunet and baselines raise for a name or a setting that nobody declared."""
    from baselines.registry import BrokenMethod
    from iunet.architectures import BrokenNet
    from iunet.criteria import BrokenCriterion
    from iunet.declare.contract import UnknownKey
    from iunet.declare.protocol import ProtocolError

    return UnknownKey, ProtocolError, BrokenMethod, BrokenCriterion, BrokenNet


def _unforeseen(error: Exception, words: Sequence[str], *, debug: bool) -> int:
    """Say in one line what nobody foresaw; its traceback goes to a file, or with --debug to
    stderr."""
    from traceback import format_exception, format_exception_only

    from bench.render.text import say
    from iunet.walk import name_clash

    what = " ".join("".join(format_exception_only(error)).split())
    what = what if len(what) <= LONGEST else f"{what[:LONGEST]} …"
    if isinstance(error, ImportError) and (clash := name_clash("bench")):
        return _report(f"{what}; {clash}", UsageError.exit_status)
    trace = "".join(format_exception(error))
    try:
        where = "" if debug else _trace_file(trace, words)
    except OSError:
        where = ""
    if where:
        where = f"; {where} has the traceback, {DEBUG} shows it at once"
    else:
        say(*trace.splitlines(), err=True)
    return _report(f"unforeseen {what}{where}", Unforeseen.exit_status)


def _trace_file(trace: str, words: Sequence[str]) -> str:
    """Keep a traceback in a new file of the temporary folder, with what reproduces it."""
    from platform import platform
    from shlex import join
    from tempfile import NamedTemporaryFile

    from bench.cli import suite_version

    settings = [f"{name}={text}" for name, text in os.environ.items() if name.startswith("BENCH_")]
    facts = (
        f"command: {join(['bench', *words])}",
        *settings,
        f"version: {suite_version()}",
        f"python: {sys.version}",
        f"platform: {platform()}",
    )
    with NamedTemporaryFile(
        "w", prefix="bench-", suffix=".txt", delete=False, encoding="utf-8", errors="replace"
    ) as file:
        file.write("\n".join([*facts, "", trace]))
    return file.name


def _refuse(message: str) -> int:
    """Say in one line what is wrong with the arguments; without any, the message is help."""
    if "\n" in message:
        from bench.render.text import say

        say(*message.split("\n"), err=True)
        return UsageError.exit_status
    said = f"{message[:1].lower()}{message[1:].rstrip('.')}".replace(". Did you", "; did you")
    from re import match

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

    try:
        say(f"bench: {message}", err=True)
    except OSError:  # nobody reads it, or its disk is full, too: only the status is left
        _drop_output(sys.stderr)
    return status


if __name__ == "__main__":
    main()

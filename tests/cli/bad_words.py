"""Bad command lines: every command and option of the app, with values that no user should give."""

import contextlib
import io
import os
import random
import re
import shutil
from pathlib import Path
from unittest.mock import patch

from typer.main import get_command

from bench.__main__ import run
from bench.cli import build_app

STATUSES = {0, 2, 3, 4, 5, 6}
"""What a bad command line may end with; 1 is a regression, 70 an unforeseen error."""

MOST_LINES = 50
"""Of stderr: one error, and the notes of what is shown: a line a table of `paper`, a line a dataset
of `data fetch --all`."""

NAMES = ("table5", "table8", "figure2", "vehicle", "iris", "iunet", "xgb", "paper", "released")
NASTY = (
    *("", " ", ",", ",,", "-", "--", "=", "\n", "\t", "\0", "x\0y", "\x1b[31mred", "\u202e"),
    *("nan", "inf", "-inf", "1e400", "0", "-1", "-0", "1.5", "1_000", "٣", "²", "9" * 5000),
    *("1" + "0" * 9, "-" + "9" * 400, "None", "true", "[]", "{}", "{0}", "%s", "[bold]", "$(x)"),
    *("a" * 300, "a" * 5000, "é" * 200, "\udcff", "x\udcffy.csv", "\ud800", "..", "/", "~"),
    *("~nobody-is-called-so/x", "/dev/null/at/all", "/dev/null", "/dev/full", "nowhere/x.csv"),
    *("@", ":", "iunet@", "iunet@ratio=nan", ":iunet", "mlp-tab:", "iunet@ratio=16@ratio=16"),
    *("*", "vehicle,", "vehicle,vehicle", "vehicle\nforged line", "quick", "demo", "x.toml"),
    *("@FOLDER", "@EMPTY", "@EMPTY.toml", "@BYTES.csv", "@BYTES.toml", "@BYTES.npz", "@FOLDER.csv"),
)
"""Values; one that begins with @ and a capital is a place in the folder of the attack."""

PLACES = tuple(v for v in NASTY if v not in ("/", "~") and not {"\0", "\ud800"} & {*v})
"""Of a variable that names a folder: nothing that is not below the folder of the attack."""

VARIABLES = {
    "COLUMNS": ("0", "-1", "wide", "1", "10" * 5, "9" * 5000, "", "²", "nan"),
    "LINES": ("0", "-1", "x", "9" * 5000),
    "BENCH_RESULTS_DIR": PLACES,
    "BENCH_CACHE_DIR": PLACES,
    "BENCH_DATA": PLACES,
    "BENCH_DEVICE": ("tpu", "", " ", "cuda:99", "\udcff"),
    "BENCH_OFFLINE": ("1", "x"),
    "HOME": ("/dev/null", "~", "\udcff"),
    "TERM": ("", "dumb", "\udcff"),
}
LEFT_OUT = ("--pdf", "--help", "-h", "--version", "--install-completion", "--show-completion")
"""What takes long, or needs other tools, or ends at once."""

SLOW = (("report",), ("doctor",), ("figures",))
"""Commands that are drawn a tenth as often as others."""

NOTHING_RUNS = ("--dry-run", "--no-run")


def attack(tries, seed, folder):
    """Give so many bad command lines, drawn from the seed, in this process.

    Args:
        tries: command lines.
        seed: of what is drawn.
        folder: an empty one; everything is written in it.

    Returns:
        What is wrong, a text for each command line that did not end as it should.
    """
    draw, folder = random.Random(seed), Path(folder)
    every, wrong = dict(_commands()), list[str]()
    for _ in range(tries):
        at = folder / "try"
        _prepare(at)
        words, variables = _line(draw, every, at)
        status, said = _ended(words, variables, at)
        told = said.count("\n")
        if status not in STATUSES or "Traceback" in said or told > MOST_LINES:
            shown = [word[:60] for word in words]
            settings = {name: value[:60] for name, value in variables.items()}
            wrong.append(f"{shown} {settings}: status {status}, {told} lines: {said[:1500]}")
        shutil.rmtree(at)
    return wrong


def _commands(command=None, words=()):
    """Every command of the app, by its words."""
    command = command or get_command(build_app())
    for name, below in getattr(command, "commands", {}).items():
        if hasattr(below, "commands"):
            yield from _commands(below, (*words, name))
        else:
            yield (*words, name), below


def _prepare(at):
    """What the values name, and nothing else."""
    (at / "here" / "FOLDER.csv").mkdir(parents=True)
    (at / "here" / "FOLDER").mkdir()
    for name in ("EMPTY", "EMPTY.toml"):
        (at / "here" / name).touch()
    for name in ("BYTES.csv", "BYTES.toml", "BYTES.npz"):
        (at / "here" / name).write_bytes(b"PK\x03\x04\xff\xfe\0a,b\n1,nan\n")


def _line(draw, every, at):
    """A command line, and variables of the environment."""

    def value():
        return _place(draw.choice(NASTY if draw.random() < 0.7 else NAMES), at)

    name = draw.choice(sorted(every))
    while name in SLOW and draw.random() < 0.9:
        name = draw.choice(sorted(every))
    parameters = every[name].params
    flags = [flag for each in parameters for flag in each.opts if flag.startswith("-")]
    words = [value() for each in parameters if each.param_type_name == "argument"]
    words = words[: draw.randint(0, len(words)) if draw.random() < 0.3 else None]
    for each in draw.sample(parameters, min(len(parameters), draw.choice((0, 1, 1, 2, 3)))):
        flag = draw.choice(each.opts)
        compiled = name == ("paper",) and flag == "--no-run"
        if flag in LEFT_OUT or compiled or not flag.startswith("-"):
            continue
        words += [flag] if getattr(each, "is_flag", False) else [flag, value()]
    if draw.random() < 0.1:
        words.append(value())
    stops = [flag for flag in NOTHING_RUNS if flag in flags]
    if stops and not {*stops} & {*words}:
        words.insert(0, "--no-run" if name != ("paper",) and draw.random() < 0.2 else stops[0])
    if "--fresh" in flags and "--fresh" not in words:
        words.insert(0, "--fresh")
    draws = draw.sample(sorted(VARIABLES), draw.choice((0, 0, 1, 2)))
    variables = {name: draw.choice(VARIABLES[name]) for name in draws}
    return [*name, *words], {name: _place(text, at) for name, text in variables.items()}


def _place(text, at):
    """A value with the folder of the attack in the place of its @."""
    return re.sub(r"^@(?=[A-Z])", f"{at}/here/", text)


def _ended(words, variables, at):
    """The status of a command line and what it said on stderr; -1 with a traceback of its own where
    an exception came out."""
    own = {
        "BENCH_RESULTS_DIR": str(at / "results"),
        "BENCH_CACHE_DIR": str(at / "cache"),
        "BENCH_OFFLINE": "1",
        "BENCH_DEVICE": "cpu",
        "XDG_CACHE_HOME": str(at / "cache"),
    }
    kept = {name: text for name, text in os.environ.items() if not name.startswith("BENCH_")}
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", "replace") for _ in range(2))
    with (
        patch.dict(os.environ, kept | own | variables, clear=True),
        contextlib.chdir(at / "here"),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            status = run(["--debug", *words])
        except BaseException as error:
            status = -1
            err.write(f"Traceback {type(error).__name__}: {error}")
    err.flush()
    return status, err.buffer.getvalue().decode()

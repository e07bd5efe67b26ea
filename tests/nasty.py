"""Texts that attack whatever is written from them, and what of them must not leave.

`attack_texts` and `attack_commands` try so many of them and return a line for every fault.
"""

import csv
import io
import os
import random
import re
from collections import Counter
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from unittest.mock import patch

from made_up import made_up_predictions, made_up_record
from markdown_it import MarkdownIt
from planned import planned_jobs
from rich.console import Console

from bench.__main__ import run
from bench.render.files import csv_text
from bench.render.outline import Grid, Item, Outline, Section, as_markdown
from bench.render.sheet import Block, Note, Sheet, SheetCell, SheetRow, markdown, markdown_templates
from bench.render.terminal import print_page
from bench.render.tex import SPECIAL, latex, latex_templates, tex, tex_code
from bench.render.text import plain, say
from bench.report.page import html_of, inline_html
from bench.report.payload import embedded
from bench.run.progress import LineReporter
from bench.store.frame import frame_of, write_csv
from bench.store.records import DamagedRecord, failure_of
from bench.store.store import Store
from iunet.declare.protocol import default_protocol

CONTROL = (
    *("\x00", "\x07", "\b", "\x1b[31m", "\x1b]0;t\x07", "\x7f", "\x85", "\x9b2J", "\x9d0;t\x9c"),
    *("\n", "\r\n", "\r", "\t", "\x0b", "\x0c", "\x1c", "\u2028", "\u2029", "\xad", "\xa0"),
    *("\u200b", "\u200d", "\u200f", "\u202a", "\u202e", "\u2066", "\u2069", "\ufeff", "\U000e0041"),
    *("\ud800", "\udc80", "\udfff", "\ufffe"),
)
MARKUP = (
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<b", "-->", "]]>", "<!--"),
    *("&lt;b&gt;", "&#60;", "&", "**b**", "*", "`", "``", "`c`", "|", "\\|", "\\", "~~~", "```"),
    *("[x](javascript:alert(1))", "![x](https://e.x/y)", "[", "]", "# h", "- i", "1. x", "> q"),
    *("***", "---", "===", "_", "__u__", "<https://e.x>", '"', "'", "{{ 7*7 }}", "{% raw %}"),
)
LATEX = (
    *("\\input{/etc/passwd}", "\\write18{touch owned}", "\\end{document}", "\\def\\x{", "\\\\"),
    *("%", "&", "#", "$", "$x$", "_", "^", "^^5c", "^^M", "{", "}", "~", "--", "---", "``", "''"),
    *("\uff3cinput\uff5bx\uff5d", "\uff05", "\uff04", "\uff06", "\ufe68", "\xb5", "\u2126"),
    *("Ħ", "ŉ", "ſ", "ĸ", "漢", "🙂", "é", "Ł", "œ", "а", "ﬁ", "½", "β", "±", "\u0301", "עברית"),
)
FORMULA = (
    *("=1+1", "+1+1", "-1+1", "@SUM(1)", "=cmd|' /C calc'!A0", "\t=1", "\r=1", " =1", "=", "-"),
    *("\uff1d1", "\uff0b1", "\uff0d1", "\uff20x", "-0.5", "1e5", "-inf", "= released", '=";'),
)
WORDS = ("red", "blue", "MLP_TAB", "BETA_LASSO (MLP_VIS)", "iunet", ",", ";", " ", "0", "'; rm x")

FORMULA_SIGNS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
STEP = re.compile("= [a-z0-9-]+")
"""How the suite itself calls a step of a bridge."""

TAGS = re.compile("</?su[bp]>")
"""How names are set in Markdown."""

LIGHT = re.compile(
    r"\\text(?:backslash|asciitilde|asciicircum|less|greater|bar|quotedbl|asciigrave)\{\}"
    r"|\$(?:[_^]\{\\text\{[A-Z0-9()-]*\}\})+\$|\\allowbreak\{\}|-\{\}|\{[][]\}|\\[{}$&#%_]"
)
"""What escaped text is made of, beside itself."""


def nasty_texts(tries, seed):
    """So many texts, each of a few pieces; the first of seed 0 are the pieces alone."""
    draw = random.Random(seed)
    pieces = (*CONTROL, *MARKUP, *LATEX, *FORMULA, *WORDS)
    for number in range(tries):
        if seed == 0 and number < len(pieces):
            yield pieces[number]
            continue
        parts = [draw.choice(pieces) for _ in range(draw.randint(1, 6))]
        parts += [chr(draw.randrange(0x110000))] * draw.randint(0, 1)
        draw.shuffle(parts)
        yield "".join(parts)


def attack_texts(tries, seed, folder):
    """Every text to every form in this process; a line for every fault.

    Args:
        tries: texts.
        seed: of the texts.
        folder: for files, which exists.
    """
    forms = (on_terminal, as_progress, in_markdown, in_latex, in_csv, in_html)
    faults = []
    with compiled_once():
        for text in nasty_texts(tries, seed):
            for form in forms:
                try:
                    found = form(text, folder)
                except Exception as error:
                    found = f"{type(error).__name__}: {error}"
                if found:
                    faults.append(f"{form.__name__} {ascii(text)}: {ascii(found)}")
    return faults


@contextmanager
def compiled_once():
    """Templates are read once, not for every text."""
    with (
        patch("bench.render.sheet.markdown_templates", cache(markdown_templates)),
        patch("bench.render.tex.latex_templates", cache(latex_templates)),
    ):
        yield


def controls(text):
    """Characters that must not leave."""
    return "".join(sign for sign in text if sign != "\n" and not sign.isprintable())


def page_of(text):
    """A page that has the text in every place."""
    parts = (
        text,
        Item(text, label=text, below=(text,), command=text),
        Grid((text, "n"), ((text, text),), right=(1,)),
        Section(text, (text, sheet_of(text))),
    )
    return Outline(text, parts)


def sheet_of(text):
    """A sheet that has the text in every place but numbers."""
    cell = SheetCell(own="80.41", own_spread="1.2", mark="agrees", notes=("1",))
    block = Block((text,), (SheetRow(text, (cell,)),), (SheetRow(text, (cell,)),))
    notes = (Note(text, "1", text), Note(text, command=text, brief=True))
    return Sheet("table", text, (text, text), (block,), notes, compared=True)


def on_terminal(text, _):
    """Lines and pages."""
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        say(text)
        say(text, err=True)
    lines = out.getvalue()
    console = Console(width=100, file=out)
    print_page(console, page_of(text), [Path(f"a/{text}")], below=(text,), closing=text)
    return controls(out.getvalue()) or (lines.count("\n") != 2 and "more than a line")


def as_progress(text, _):
    """Lines of a log."""
    out = io.StringIO()
    reporter = LineReporter(out)
    reporter.cohort(text, 1.0)
    reporter._last = -1e9
    reporter.within(0.5, text)
    reporter.say(text)
    return controls(out.getvalue()) or (out.getvalue().count("\n") != 3 and "more than a line")


def in_markdown(text, _):
    """Pages and tables have the same elements with any text."""
    for shape, write in ((page_of, as_markdown), (sheet_of, markdown)):
        written = write(shape(text))
        if found := controls(written):
            return found
        if plain(text).strip() and elements(written) != elements(usual(write, shape)):
            return "other elements"
    return ""


@cache
def usual(write, shape):
    """A form of a harmless text."""
    return write(shape("x"))


def elements(text):
    """What a reader of Markdown makes of it, but for the texts."""
    reader = MarkdownIt("commonmark").enable("table")
    found = []
    for token in reader.parse(TAGS.sub("", text)):
        found.append(token.type)
        found += [child.type for child in token.children or () if child.type != "text"]
    return [name for name in found if name not in ("softbreak", "text_special")]


def in_latex(text, _):
    """A table has the same commands, columns and comments with any text."""
    written = latex(sheet_of(text))
    for part in (written, tex(text), tex_code(text)):
        if found := controls(part):
            return found
    if Counter(commands(written)) != Counter(commands(usual(latex, sheet_of))):
        return "other commands"
    letters = re.sub("[ªµºÀ-ž]", "", written)
    return "".join(sign for sign in letters if not sign.isascii()) or ("^^" in letters and "^^")


def commands(text):
    """Every sign that LaTeX acts on, once what escapes and sets names is taken out."""
    marks = [form for form in SPECIAL.values() if form.startswith("$")]
    light = re.compile("|".join([*map(re.escape, marks), LIGHT.pattern]))
    while (lighter := light.sub("", text)) != text:
        text = lighter
    return re.findall(r"\\[A-Za-z]+|\\.|[{}%&#$~^_]", text)


def in_csv(text, folder):
    """Cells and names of columns."""
    path = folder / "nasty.csv"
    facts = {"n": -0.5, "t": text, text: text}
    record = made_up_record(a_job(), 0.5)  # what comes in with such texts is refused
    result, origin = record.result | {"facts": facts}, record.provenance | {"environment": text}
    write_csv(frame_of([replace(record, result=result, provenance=origin)]), path)
    for written in (path.read_text(encoding="utf-8"), csv_text([facts])):
        if found := controls(written):
            return found
        head, cells, *more = csv.reader(io.StringIO(written))
        if more or cells[head.index("n")] != "-0.5":
            return "other cells"
        for cell in (*head, *cells):
            if is_formula(cell):
                return cell
    return ""


@cache
def a_job():
    """A run of vehicle."""
    (job,) = planned_jobs(("vehicle",), (("mlp-tab", "dense"),), seeds=(42,))
    return job


def is_formula(cell):
    """Whether a spreadsheet would calculate it."""
    try:
        float(cell)
        return False
    except ValueError:
        bare = cell.strip()
        return len(bare) > 1 and bare[0] in FORMULA_SIGNS and not STEP.fullmatch(bare)


class Tags(HTMLParser):
    """The names and attributes of elements, and comments."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, *sorted(attrs)))

    def handle_comment(self, text):
        self.found.append("comment")


def in_html(text, _):
    """Markdown that becomes part of the page, sentences, and the page's data."""
    shapes = ((as_markdown, page_of), (markdown, sheet_of))
    whole = [html_of(write(shape(text)), below=2) for write, shape in shapes]
    harmless = [html_of(usual(write, shape), below=2) for write, shape in shapes]
    short = inline_html(text.replace("`", ""))
    data = embedded({text: [text]})
    if found := controls("".join((*whole, data))):
        return found
    allowed = {"p", "strong", "em", "code", "a", "br"}
    tags = [tag for tag, *_ in Tags(short).found]
    if set(tags) - allowed or set("<>&") & set(data) or "javascript:" in short.partition("href")[2]:
        return "an element"
    names = ("sub", "sup")  # of methods, which the pieces hold, too
    kinds = [
        [one[0] for one in Tags(page).found if one[0] not in names] for page in (*whole, *harmless)
    ]
    return kinds[:2] != kinds[2:] and plain(text).strip() and "other elements"


@contextmanager
def places(folder, **variables):
    """The folders of commands, and nothing else of the environment."""
    own = {"BENCH_RESULTS_DIR": f"{folder}/results", "BENCH_CACHE_DIR": f"{folder}/cache"}
    others = {name: text for name, text in os.environ.items() if not name.startswith("BENCH_")}
    with patch.dict(os.environ, others | own | {"BENCH_OFFLINE": "1"} | variables, clear=True):
        yield


def attack_commands(tries, seed, folder):
    """Names, files, failures and protocols of such texts given to commands in this process; a line
    for every fault: a sign that must not leave on the terminal or in a file, or a traceback.

    Args:
        tries: texts.
        seed: of the texts.
        folder: for results, which exists.
    """
    faults = []
    for number, text in enumerate(nasty_texts(tries, seed)):
        own = folder / str(number)
        own.mkdir()
        for words, variables in commands_with(text.replace("\0", ""), own):
            with places(own, **variables):
                said = (
                    f"{ascii(words)} {ascii(variables)}: {fault}" for fault in run_faults(words)
                )
                faults += said
        faults += (f"{ascii(text)}: {fault}" for fault in file_faults(own))
    return faults


def commands_with(text, folder):
    """Words of commands and variables of their environment with a text in them."""
    name = text.encode("utf-8", "surrogateescape" if is_path(text) else "replace").decode(
        "utf-8", "surrogateescape"
    )
    file = name.replace("/", "-")[:40]
    protocol, data = folder / f"{file}.toml", folder / f"{file}.csv"
    printed = "".join(f"\\U{ord(sign):08x}" if ord(sign) < 0xD800 else "" for sign in text)
    protocol.write_text(f'base = "{default_protocol()}"\ntitle = "{printed}"\nseeds = [42]\n')
    quoted = text.encode("utf-8", "replace").decode().replace('"', '""')
    rows = [f'{at % 7},"{at % 3}{quoted}","{quoted if at % 2 else "no"}"\n' for at in range(60)]
    data.write_text(f'n,"c{quoted}","{quoted} "\n' + "".join(rows), encoding="utf-8", newline="")
    keep_failure(folder / "results", text)
    one = ("table5", "-d", "vehicle")
    failures = ("status", *one, "--failures", "--fresh")
    imported = ("data", "import", str(data), "--as")
    commands = (
        *(("list", name), (name,), (f"--{name}",), ("table5", "-d", name)),
        *(("why", "table5", name, name), failures, (*failures, "--json"), ("data", "list")),
        (*one, "-m", "iunet", "--no-run", "--protocol", str(protocol)),
        ("verdict", "--protocol", str(protocol), "--markdown", str(folder / f"{file}.md")),
        ("export", "--csv", str(folder / f"{file}-all.csv"), "--fresh"),
        *((*imported, "mine"), (*imported, name, "--target", name, "--drop", name)),
    )
    yield from ((words, {}) for words in commands)
    for variable in ("BENCH_RESULTS_DIR", "BENCH_DATA", "BENCH_DEVICE", "COLUMNS"):
        yield (*one, "-m", "xgb", "--dry-run"), {variable: name}


def is_path(text):
    """Whether a name of a file can have it."""
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def keep_failure(results, text):
    """A failure and a record with the text in them."""
    failed, made = planned_jobs(("vehicle",), (("mlp-tab", "dense"),), seeds=(42, 1))[:2]
    store = Store(results)
    store.write_failure(failed, failure_of(failed, ValueError(text)))
    with suppress(DamagedRecord):  # the text is more than a record takes
        record = made_up_record(made, 0.5, facts={"kind": text}, environment=text)
        store.write(record, made_up_predictions())


def run_faults(words):
    """What a command says that it should not, or that it ends in a traceback."""
    out = io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(out):
            run(list(words))
    except Exception as error:
        yield f"{type(error).__name__}: {error!a}"
    if found := controls(out.getvalue()):
        yield f"on the terminal {ascii(found)}"


def file_faults(folder):
    """What the files of commands hold that they should not."""
    for path in folder.rglob("*.*"):
        text = path.suffix in (".md", ".tex") or path.name.endswith("-all.csv")
        if text and (found := controls(path.read_text(encoding="utf-8"))):
            yield f"in a file {path.suffix} {ascii(found)}"

"""Counts, durations and lines of text."""

import pytest

from bench.render.sheet import markdown_templates
from bench.render.tex import tex
from bench.render.text import counted, duration, measured_duration, wrapped


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "1 s"), (42.4, "42 s"), (600.0, "10 min"), (9000.0, "2.5 h")],
)
def test_durations_are_said_briefly(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (measured_duration(None), "–"),
        (measured_duration(0.04), "< 0.1 s"),
        (measured_duration(9.94), "9.9 s"),
        (measured_duration(59), "59 s"),
        (measured_duration(90), "1.5 min"),
        (measured_duration(5400), "1.5 h"),
        (counted(1, "run"), "1 run"),
        (counted(2, "entry", "entries"), "2 entries"),
        (counted(1200, "run", form=","), "1,200 runs"),
    ],
)
def test_numbers_are_written_so_that_they_can_be_read(text, expected):
    assert text == expected


def test_long_words_and_hyphens_are_never_broken():
    word = "balanced-accuracy" * 4

    assert wrapped(f"a {word} b", "  ", 40) == ["  a", f"    {word}", "    b"]


@pytest.mark.parametrize(
    ("title", "page", "source"),
    [
        ("MLP_TAB", "MLP<sub>TAB</sub>", r"MLP$_{\text{TAB}}$"),
        ("MLP_TAB+C", "MLP<sub>TAB</sub>+C", r"MLP$_{\text{TAB}}$+C"),
        ("OMP (RESNET)", "OMP<sup>(RESNET)</sup>", r"OMP$^{\text{(RESNET)}}$"),
        (
            "OMP (MLP_VIS)",
            "OMP<sup>(MLP<sub>VIS</sub>)</sup>",
            r"OMP$^{\text{(MLP$_{\text{VIS}}$)}}$",
        ),
        (
            "IUNET_NO_ILO (MLP_VIS)",
            "IUNET<sub>NO-ILO</sub><sup>(MLP<sub>VIS</sub>)</sup>",
            r"IUNET$_{\text{NO-ILO}}^{\text{(MLP$_{\text{VIS}}$)}}$",
        ),
        ("BETA_LASSO", "β-LASSO", r"$\beta$-LASSO"),
        ("IUNET_NO_ILO", "IUNET<sub>NO-ILO</sub>", r"IUNET$_{\text{NO-ILO}}$"),
        ("RANDOM_MASK 4", "RANDOM-MASK 4", "RANDOM-MASK 4"),
        ("within MLP_TAB, OMP (all)", "within MLP<sub>TAB</sub>, OMP (all)", None),
        ("BENCH_DATA, my_key", "BENCH_DATA, my_key", r"BENCH\_DATA, my\_key"),
    ],
)
def test_names_are_set_as_in_the_paper(title, page, source):
    assert markdown_templates().filters["md"](title) == page
    assert source in (None, tex(title))


def test_an_option_keeps_its_two_hyphens_in_latex():
    assert tex("with --rows all – here") == "with -{}-rows all -- here"

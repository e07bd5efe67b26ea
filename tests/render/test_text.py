"""Counts, durations and lines of text."""

import pytest

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

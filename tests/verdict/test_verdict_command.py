"""`bench verdict`, its page, and bad input."""

import json

from bench.__main__ import run


def test_the_command_prints_the_answer_and_writes_it(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_RESULTS_DIR", str(tmp_path / "results"))
    page = tmp_path / "verdict.md"

    assert run(["verdict", "--protocol", "paper"]) == 0
    shown = capsys.readouterr().out
    assert run(["verdict", "--protocol", "paper", "--markdown", str(page), "--json"]) == 0
    content = json.loads(capsys.readouterr().out)

    assert "RANDOM_MASK" in shown and "**" not in shown
    assert page.read_text(encoding="utf-8").startswith("# What the runs say")
    (paper,) = content["protocols"]
    assert paper["answers"][0]["n"] == len(paper["datasets"])


def test_an_unknown_protocol_is_one_line_that_lists_the_known(capsys):
    assert run(["verdict", "--protocol", "papre"]) == 2

    said = capsys.readouterr().err
    assert "papre" in said and "released" in said and "Traceback" not in said

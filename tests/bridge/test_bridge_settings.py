"""Where the values of the shipped protocols come from."""

import re

import pytest

from bench.declared import settings
from bench.declared.settings import Source
from bench.errors import BenchError
from iunet.declare.protocol import default_protocol, find_protocol, shipped_protocols

(TEXT,) = (p for key, p in shipped_protocols().items() if key != default_protocol())
CODE = shipped_protocols()[default_protocol()]


@pytest.fixture
def declared(monkeypatch, tmp_path):
    """Puts a changed copy of the declared meanings and sources in place."""

    def change(pattern, new):
        text = settings.MEANINGS.read_text(encoding="utf-8")
        changed, count = re.subn(pattern, new, text, count=1)
        assert count == 1
        path = tmp_path / settings.MEANINGS.name
        path.write_text(changed, encoding="utf-8")
        monkeypatch.setattr(settings, "MEANINGS", path)

    return change


@pytest.mark.parametrize(
    ("pattern", "new", "said"),
    [
        ('"cut.ratio_of",', "", r"gives no source of \['cut.ratio_of'\]"),
        ('"cut.ratio_of",', '"cut.ratio_of", "init",', r"gives two sources of \['init'\]"),
        (
            '"cut.ratio_of",',
            '"cut.ratio_of", "cut.none",',
            r"\['cut.none'\], which are no settings",
        ),
        (r'"cut\.ratio_of" +=.*\n', "", r"does not say what \['cut.ratio_of'\] mean"),
    ],
)
def test_every_setting_has_one_meaning_and_one_source(declared, pattern, new, said):
    declared(pattern, new)

    with pytest.raises(BenchError, match=said):
        settings.shipped_settings()


@pytest.fixture
def source():
    """Where a shipped protocol has the value of a setting from."""
    place = list(shipped_protocols())

    def of(name, protocol):
        (setting,) = (one for one in settings.shipped_settings() if one.name == name)
        return setting.sources[place.index(protocol.key)]

    return of


def test_the_source_of_one_stage_counts_before_that_of_both(source):
    kinds = [f"{stage}schedule.kind" for stage in ("pretrain.", "finetune.")]

    assert [source(name, TEXT) for name in kinds] == [Source.SILENT, Source.STATED]
    assert source("pretrain.batch", TEXT) is Source.STATED


def test_what_is_read_in_the_code_needs_no_entry(source):
    assert source("init", CODE) is Source.CODE
    assert source("vision.grid.chosen_ratio", CODE) is Source.SILENT


def named(difference):
    """Names of the settings that differ so."""
    return {one.name for one in settings.shipped_settings() if one.difference == difference}


def test_initial_weights_and_reported_epoch_are_silences_and_the_ticket_is_none():
    silent = {"init", "pretrain.report.epoch", "finetune.report.epoch", "imprint.scope"}

    assert silent <= named("silence")
    assert {"cut.restart", "contrast.loss"} <= named("contradiction")


def test_a_setting_that_differs_is_a_contradiction_or_a_silence():
    every = settings.settings_of((TEXT, CODE))
    found = named("contradiction") | named("silence")

    assert found == {one.name for one in every if one.differs}
    assert f"{len(found)} differ" in settings.counts_sentence()


def test_a_protocol_of_the_users_own_has_no_sources(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(f'base = "{TEXT.key}"\ntitle = "mine"\n\n[table.cut]\nratio = 4\n')
    every = settings.settings_of((TEXT, find_protocol(str(path))))
    (ratio,) = (one for one in every if one.name == "cut.ratio")

    assert ratio.sources == (Source.STATED, None)

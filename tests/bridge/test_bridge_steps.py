"""The declared steps: together they are the whole way, and no setting is forgotten."""

import re
from dataclasses import replace
from itertools import chain

import pytest

from bench.bridge.changes import changes_between
from bench.declared.settings import differences, values_of, with_settings
from bench.declared.steps import FILE, VISION, DeclaredSteps, Step, read_steps
from bench.errors import BenchError, UsageError
from bench.plan.query import JOIN


@pytest.fixture(scope="module")
def declared():
    return read_steps()


def declaring(*steps):
    """Steps of one's own; all other settings are in the last."""
    return DeclaredSteps((), (), {}, tuple(Step(key, key, fields) for key, fields in steps))


def test_every_setting_is_in_exactly_one_step(declared, ends):
    names = dict.fromkeys(chain(values_of(ends[0]), values_of(ends[1])))

    assert [name for name in names if not declared.step_of(name)] == []


def test_every_field_of_a_step_is_a_setting(declared, ends):
    names = {name.removeprefix(VISION) for name in values_of(ends[0])}
    fields = [field for step in declared.step for field in step.fields]

    unknown = [
        field for field in fields if not any(f"{name}.".startswith(f"{field}.") for name in names)
    ]
    assert unknown == []


@pytest.mark.parametrize("back", [False, True], ids=["there", "back"])
def test_the_steps_together_turn_the_one_protocol_exactly_into_the_other(declared, ends, back):
    base, other = reversed(ends) if back else ends
    stops = changes_between(base, other, declared)
    changed = [name for change in stops for name in change.settings]

    assert sorted(changed) == sorted(differences(base, other))
    for change in stops:
        base = with_settings(base, {name: after for name, (_, after) in change.settings.items()})
    assert differences(base, other) == {}


def test_a_stop_is_its_base_with_its_own_settings_alone(declared, ends):
    base, other = ends

    for change in changes_between(base, other, declared):
        assert differences(base, change.protocol) == change.settings
        assert all(pair[1] == values_of(other)[name] for name, pair in change.settings.items())


def test_a_differing_setting_that_is_in_no_step_is_an_error(declared, ends):
    less = tuple(step for step in declared.step if step.key != "ticket")

    with pytest.raises(BenchError, match=r"cut\.restart is in no step of the bridge"):
        changes_between(*ends, replace(declared, step=less))


def test_a_setting_in_two_steps_is_an_error(declared, ends):
    more = (*declared.step, Step("again", "again", ("init",)))

    with pytest.raises(BenchError, match="init is in steps init and again"):
        changes_between(*ends, replace(declared, step=more))


def test_a_step_reaches_no_setting_whose_name_only_begins_alike(declared):
    assert declared.step_of("shrink.l1").key != declared.step_of("shrink_stage").key


def test_a_file_with_an_unknown_line_is_refused(tmp_path):
    path = tmp_path / "steps.toml"
    path.write_text(re.sub("scored = false", "scores = false", FILE.read_text(encoding="utf-8")))

    with pytest.raises(BenchError, match=r"step\.\d+\.scores"):
        read_steps(path)


def test_a_file_of_steps_that_is_not_toml_is_refused(tmp_path):
    path = tmp_path / "steps.toml"
    path.write_text("datasets = [")

    with pytest.raises(BenchError, match=r"steps\.toml: not TOML: "):
        read_steps(path)


KIND, DECAY = "finetune.optimiser.kind", "finetune.optimiser.weight_decay"


def test_a_step_that_is_impossible_alone_is_taken_with_the_one_it_needs(ends):
    base = ends[0]
    changed = with_settings(base, {KIND: "sgd", DECAY: 0.0, "init": "torch-default"})
    other = replace(changed, key="x")
    steps = declaring(("rule", (KIND,)), ("init", ("init",)), ("decay", (DECAY,)))

    stops = changes_between(base, other, steps)

    assert [change.key for change in stops] == [f"rule{JOIN}decay", "init"]
    assert "rule is impossible alone (SGD here has no weight decay" in stops[0].note
    assert stops[1].note == ""


def test_the_way_back_needs_no_such_company(ends):
    other = ends[0]
    base = replace(with_settings(other, {KIND: "sgd", DECAY: 0.0}), key="x")
    steps = declaring(("rule", (KIND,)), ("decay", (DECAY,)))

    assert [change.key for change in changes_between(base, other, steps)] == [f"decay{JOIN}rule"]


def test_two_equal_protocols_have_no_way_between_them(declared, ends):
    copy = replace(ends[0], key="copy", title="other words")

    with pytest.raises(UsageError, match="equal in every setting"):
        changes_between(ends[0], copy, declared)

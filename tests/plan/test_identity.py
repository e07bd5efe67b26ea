"""The run id: what is in it, what is not, and that old ids stay valid."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from planned import planned_jobs, run_id

from bench.plan.identity import canonical, json_types
from bench.plan.plan import Planner, usual_planner
from iunet.declare import protocol as protocols
from iunet.declare.contract import Learner
from iunet.declare.protocol import default_protocol, shipped_protocols

GOLDEN = Path(__file__).parent / "golden_ids.json"
IDENTITY = {
    "dataset": "vehicle",
    "data_revision": 1,
    "net": "mlp-tab",
    "method": "omp",
    "revision": 1,
    "data": {"split": {"test": 0.2}},
    "settings": {"pretrain": {"epochs": 105, "shrink": None}, "finetune": None},
    "seed": 42,
}


def planned(method, dataset="vehicle", protocol=None, budget="full", net=""):
    names = protocol or default_protocol()
    return planned_jobs((dataset,), ((net, method),), names, budget)


def test_equal_numbers_are_written_equally_whatever_their_type():
    assert canonical({"b": 8.0, "a": (1, True)}) == canonical({"a": [1.0, True], "b": 8})
    assert canonical({"a": True}) != canonical({"a": 1})


def test_what_json_has_no_word_for_is_refused():
    with pytest.raises(TypeError, match="Path"):
        json_types({"folder": Path("x")})
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"rate": float("nan")})


@pytest.mark.parametrize("name", sorted(IDENTITY))
def test_every_part_of_the_identity_changes_the_id(name):
    other = {"x": 1} if isinstance(IDENTITY[name], dict) else 7
    assert run_id(IDENTITY | {name: other}) != run_id(IDENTITY)


def test_a_field_added_later_leaves_old_ids_valid_only_at_its_old_value():
    added = {"settings.pretrain.scope": "global", "settings.finetune.scope": "global", "kind": 1}
    old = run_id(IDENTITY, added)

    def with_scope(value):
        settings = IDENTITY["settings"]
        pretrain = settings["pretrain"] | {"scope": value}
        return IDENTITY | {"settings": settings | {"pretrain": pretrain}, "kind": 1.0}

    assert old == run_id(IDENTITY)
    assert run_id(with_scope("global"), added) == old
    assert run_id(with_scope("layer"), added) != old


def test_names_of_protocol_and_budget_are_not_in_the_id(tmp_path):
    own = tmp_path / "mine.toml"
    own.write_text(f'base = "{default_protocol()}"\ntitle = "another title"\n')
    assert [job.run_id for job in planned("omp", protocol=str(own))] == [
        job.run_id for job in planned("omp")
    ]
    assert [job.run_id for job in planned("xgb", budget="quick")] == [
        job.run_id for job in planned("xgb")
    ]


def test_a_budget_with_fewer_epochs_gives_other_ids():
    full, quick = planned("omp"), planned("omp", budget="quick")
    assert not {job.run_id for job in full} & {job.run_id for job in quick}


def test_a_changed_setting_of_a_protocol_gives_another_id(tmp_path):
    own = tmp_path / "mine.toml"
    own.write_text(f'base = "{default_protocol()}"\n[table.imprint]\nkappa = 0.5\n')
    changed = {job.run_id for job in planned("iunet", protocol=str(own))}
    assert not changed & {job.run_id for job in planned("iunet")}
    unscaled = {job.run_id for job in planned("omp", protocol=str(own))}
    assert unscaled == {job.run_id for job in planned("omp")}


def test_a_new_revision_of_a_method_gives_another_id():
    planner = usual_planner()

    def revised(key):
        method = planner.method(key)
        return replace(method, revision=method.revision + 1)

    new = planned_jobs(("vehicle",), (("", "xgb"),), planner=Planner(revised, planner.dataset))
    assert isinstance(new[0].work, Learner)
    assert new[0].run_id != planned("xgb")[0].run_id


def test_ids_are_the_ones_that_existing_records_have():
    """To add or renew: run this file as a script. A changed id orphans every record of its kind."""
    assert golden_ids() == json.loads(GOLDEN.read_text())


def golden_ids():
    """Ids of the first seed of every method and grid point, by protocol: one table, one vision set.

    Of pictures under both budgets that have shipped records or will.
    """
    protocols.shipped_protocols.cache_clear()
    methods = ("dense", "omp", "beta-lasso", "iunet", "no-prune", "xgb", "tabnet")
    asked = [(method, "vehicle", "full", "") for method in methods]
    for budget in ("full", "quick"):
        asked += [(method, "cifar10", budget, "mlp-vis") for method in methods[:5]]
        asked += [("dense", "cifar10", budget, "cnn"), ("iunet", "cifar10", budget, "resnet")]
    return {
        f"{name} {job.title if budget == 'full' else f'{budget} {job.title}'}": job.run_id
        for name, protocol in shipped_protocols().items()
        for method, dataset, budget, net in asked
        for job in planned(method, dataset, name, budget, net)
        if job.seed == protocol.seeds[0]
    }


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(golden_ids(), indent=1) + "\n")

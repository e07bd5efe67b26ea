"""Which tables are shown under which protocols and budgets."""

import pytest

from bench.datasets.load import load_counts
from bench.errors import UsageError
from bench.report.gather import shown_tables
from bench.report.provenance import file_of
from bench.report.scope import scope_of
from bench.store.store import Store
from bench.tables.counts import catalogue_counts
from iunet.declare.protocol import default_protocol, find_protocol, shipped_protocols

OTHER = next(key for key in shipped_protocols() if key != default_protocol())


@pytest.fixture
def shown(store):
    """The tables of a store by key, under what a user names."""

    def show(protocols=(), budgets=()):
        records = list(store.records())
        tables, left_out = shown_tables(scope_of(protocols, budgets), records, store)
        return {table.spec.key: table for table in tables}, left_out

    return show


def labels(table):
    return [view.condition.label for view in table.by_condition]


def test_without_records_every_printed_table_is_shown_under_the_usual_conditions(shown):
    tables, left_out = shown()

    assert labels(tables["table5"]) == [default_protocol()]
    assert {"demo", "controls"} <= set(left_out)
    assert all(table.spec.printed for table in tables.values())


def test_a_table_is_shown_under_every_protocol_there_are_records_of(make, shown):
    make(methods=("iunet",))
    make(methods=("iunet",), protocol=OTHER)

    tables, _ = shown()

    assert labels(tables["table5"]) == [default_protocol(), OTHER]
    assert labels(tables["table1"]) == [default_protocol()]


def test_a_table_made_under_a_smaller_budget_alone_is_shown_under_it_and_says_so(make, shown):
    make(methods=("iunet",), budget="quick")

    tables, _ = shown()

    assert labels(tables["table5"]) == [f"{default_protocol()}, budget quick"]
    tally = tables["table5"].first.table.tally
    assert (tally.agree, tally.differ, tally.not_comparable) == (0, 0, 2)


def test_runs_of_a_column_that_a_table_only_repeats_bring_it_no_view(make, shown):
    make(methods=("iunet", "omp"), budget="quick")
    _, left_out = shown()
    assert "controls" in left_out

    make(name="controls", methods=("random-mask",))
    tables, _ = shown()

    assert labels(tables["controls"]) == [default_protocol()]
    quick = f"{default_protocol()}, budget quick"
    assert labels(tables["table5"]) == [quick]
    assert quick in labels(tables["cost"])  # all of its columns are those of another table


def test_runs_at_another_part_of_the_grid_bring_a_table_no_view(make, shown):
    make(name="table1", datasets=("cifar10",), methods=("mlp-vis:iunet",), budget="quick")

    tables, _ = shown()

    assert labels(tables["table1"]) == [f"{default_protocol()}, budget quick"]
    assert labels(tables["table6"]) == [default_protocol()]


def test_the_usual_budget_comes_first(make, shown):
    make(methods=("iunet",), budget="quick")
    make(methods=("iunet",))

    tables, _ = shown()

    assert labels(tables["table5"]) == [default_protocol(), f"{default_protocol()}, budget quick"]


def test_what_the_user_names_is_shown_even_without_records(shown):
    tables, left_out = shown((OTHER,), ("quick",))

    assert labels(tables["table5"]) == [f"{OTHER}, budget quick"]
    assert "demo" in left_out


def test_of_named_protocols_those_with_records_come_first_and_a_budget_named_twice_counts_once(
    make, shown
):
    make(methods=("iunet",), protocol=OTHER)

    tables, _ = shown((default_protocol(), OTHER), ("full", "full"))

    assert labels(tables["table5"]) == [OTHER, default_protocol()]


def test_a_protocol_of_the_user_is_shown_under_its_own_name(make, shown, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(f'base = "{default_protocol()}"\n[table.cut]\nratio = 4\n')
    make(methods=("iunet",), protocol=str(path), score=lambda job: 0.8)

    tables, _ = shown((str(path),))

    (view,) = tables["table5"].by_condition
    assert (view.condition.protocol, view.condition.named) == ("mine", str(path))
    assert view.plan.conditions.options == ("--protocol", str(path))


@pytest.mark.parametrize(
    ("protocols", "budgets", "said"),
    [(("none",), (), "no protocol called 'none'"), ((), ("none",), "no budget called 'none'")],
)
def test_what_nobody_declared_is_refused(protocols, budgets, said):
    with pytest.raises(UsageError, match=said):
        scope_of(protocols, budgets)


def test_a_damaged_record_does_not_stop_the_others(make, store, results):
    make(datasets=("vehicle",), methods=("iunet",))
    damaged = sorted((results / "runs").rglob("*.json"))[0]
    damaged.write_text("{")

    store = Store(results)

    assert len(list(store.records())) == 2
    (line,) = store.refused
    assert str(damaged) in line and "damaged record" in line


def test_a_record_is_named_as_seen_from_the_results(make, store):
    make(datasets=("vehicle",), methods=("iunet",))

    record = next(store.records())

    assert file_of(record, store).startswith("runs/vehicle/mlp-tab-iunet/")


@pytest.mark.parametrize("protocol", shipped_protocols())
@pytest.mark.parametrize("dataset", ["iris", "wine", "breast-cancer", "digits"])
def test_counts_from_the_catalogue_are_those_of_the_loaded_data(dataset, protocol):
    loaded = load_counts(dataset, find_protocol(protocol))
    counted = catalogue_counts(dataset, find_protocol(protocol))

    shared = set(loaded) & set(counted)
    assert {"n_train", "n_valid", "n_test"} <= shared
    for name in shared:
        assert counted[name] == pytest.approx(loaded[name], abs=5e-5)

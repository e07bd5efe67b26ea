"""What to ask for so that records of steps are seen."""

import pytest
from made_up import made_up_record

from bench.bridge.plan import plan_bridge, recorded_bridges
from bench.plan.query import Query


@pytest.fixture
def made():
    """Records of every run that selections need."""

    def of(*wanted):
        return [made_up_record(job, 0.5) for one in wanted for job in plan_bridge(one).jobs]

    return of


def commands(records):
    return [asked.command for asked in recorded_bridges(records)]


def test_nothing_is_asked_for_without_a_record(made):
    assert recorded_bridges([]) == []


def test_datasets_of_the_same_steps_stand_together(made):
    one = Query(datasets=("iris",), methods=("omp",), budget="demo", steps=("init", "ticket"))
    other = Query(datasets=("wine",), methods=("omp",), budget="demo", steps=("init", "ticket"))

    assert commands(made(one, other)) == [
        "bench bridge -d iris,wine -m omp --step init,ticket --budget demo"
    ]


def test_a_table_of_fewer_steps_has_the_datasets_of_more_of_them_too(made):
    whole = Query(datasets=("wine",), methods=("omp",), budget="demo")
    some = Query(datasets=("iris",), methods=("omp",), budget="demo", steps=("init",))

    assert commands(made(some, whole)) == [
        "bench bridge -d wine -m omp --budget demo",
        "bench bridge -d iris,wine -m omp --step init --budget demo",
    ]


def test_other_columns_and_budgets_stand_apart(made):
    demo = Query(datasets=("iris",), methods=("omp",), budget="demo", steps=("init",))
    other = Query(datasets=("wine",), methods=("dense",), budget="demo", steps=("init",))
    quick = Query(datasets=("vehicle",), methods=("omp",), budget="quick", steps=("init",))

    assert sorted(commands(made(demo, other, quick))) == [
        "bench bridge -d iris -m omp --step init --budget demo",
        "bench bridge -d vehicle -m omp --step init --budget quick",
        "bench bridge -d wine -m dense --step init --budget demo",
    ]


def test_a_step_towards_a_protocol_of_ones_own_is_in_none(made, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('base = "released"\n[table.imprint]\nkappa = 0.5\n')
    start = Query(
        start=str(path), end="released", datasets=("iris",), methods=("iunet",), budget="demo"
    )

    assert commands(made(start)) == []


def test_a_direction_without_a_record_has_no_steps(made):
    asked = Query(datasets=("iris",), methods=("omp",), budget="demo", steps=("init", "ticket"))
    whole = made(asked)
    forth = [one for one in whole if not one.protocol.startswith("released +")]

    (both,) = recorded_bridges(whole)
    (one_way,) = recorded_bridges(forth)

    assert [len(direction.changes) for direction in both.directions] == [2, 2]
    assert [len(direction.changes) for direction in one_way.directions] == [2, 0]
    assert one_way.command == both.command

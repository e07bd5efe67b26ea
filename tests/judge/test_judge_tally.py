"""How many cells agree, and how much that says: worked out by hand on tiny tables."""

from dataclasses import replace

import pytest

from bench.declared.published import Printed, Prints
from bench.declared.tables import AS_PRINTED, Column, Row, TableSpec, metric_named
from bench.judge.cell import Cell, EmptyCell
from bench.judge.collect import JudgedTable
from bench.judge.tally import Share, Tally, own_wins, printed_wins, tally_of, tally_sentences
from bench.judge.verdict import TableEntry
from bench.plan.query import Query, conditions_of
from bench.plan.selection import TablePlan

METRIC = "accuracy"
COLUMNS = tuple(Column(name, name, "net", printed_metric=METRIC) for name in ("a", "b", "c"))
ROW = Row("somewhere", "Somewhere")
PAPER, RELEASED = (conditions_of(Query(protocol=key)) for key in ("paper", "released"))


def own(number):
    """The cell of a (mean, std) in points, or an empty one."""
    if number is None:
        return EmptyCell("no runs")
    mean, std = number
    return Cell(mean / 100, std / 100, (), 1, (None,) * 3)


def rows(cells, printed, *, conditions=PAPER, columns=COLUMNS, metric=METRIC):
    """The entries of a table of one row."""
    spec = TableSpec("table", "A table", (ROW,), columns, metric, (METRIC,))
    names = [(ROW.printed_name, column.printed_name) for column in columns]
    numbers = dict(zip(names, map(Printed, printed, [0.0] * 3), strict=True))
    shown = metric_named(metric)
    plan = TablePlan(spec, Prints(numbers, {}), conditions, shown, (ROW,), columns, {})
    pairs = zip(columns, cells, strict=True)
    return JudgedTable(plan, (tuple(TableEntry(plan, ROW, c, own(n)) for c, n in pairs),)).rows


def test_every_count_of_a_row_is_the_one_worked_out_by_hand():
    # a: 0.5 points off, agrees; b: 2 points off, differs; c: within a tolerance of 8 points.
    found = tally_of(rows([(80.5, 0), (82, 0), (83, 4)], [80, 84, 85]))

    assert found == Tally(
        agree=1,
        differ=1,
        say_nothing=1,
        close=1,
        tolerance=1.0,
        wrong_column=Share(0, 6),  # c against 80 and 84 is within 8 points, which says nothing
        ordered=Share(3, 3),
        equivalent=1,
    )


def test_a_cell_that_agrees_with_another_column_as_well_is_counted():
    found = tally_of(rows([(80, 0), (80.5, 0), (90, 0)], [80, 80.5, 90]))

    assert found.wrong_column == Share(2, 6)


def test_columns_in_the_opposite_of_the_printed_order_are_counted():
    assert tally_of(rows([(70, 0), (60, 0), (50, 0)], [50, 60, 70])).ordered == Share(0, 3)


def test_a_cell_that_two_tables_have_counts_once_and_under_each_protocol():
    cells, printed = [(80, 0), (84, 0), None], [80, 84, 85]
    one, other = rows(cells, printed), rows(cells, printed, conditions=RELEASED)

    assert (tally_of(one).agree, tally_of(one).empty) == (2, 1)
    assert tally_of([*one, *one]) == tally_of(one)
    assert (tally_of([*one, *other]).agree, tally_of([*one, *other]).empty) == (4, 2)


def test_columns_measured_differently_are_never_ranked_together():
    *alike, other = COLUMNS
    columns = (*alike, replace(other, printed_metric="balanced_accuracy"))
    found = rows([(80, 0), (84, 0), (90, 0)], [80, 84, 90], columns=columns, metric=AS_PRINTED)
    plan = found[0][0].plan

    for wins in (own_wins(plan, found), printed_wins(plan, found)):
        assert [group.counts for group in wins] == [{"a": 0, "b": 1}]


def test_the_sentences_say_what_the_counts_stand_on():
    said = " ".join(tally_sentences(tally_of(rows([(80.5, 0), (82, 0), (83, 4)], [80, 84, 85]))))

    for number in ("0 of 6", "1 of 3", "tolerance is 1.0 points; 1 cells lie", "Of 3 pairs"):
        assert number in said


def test_where_nothing_is_compared_nothing_is_said():
    empty = tally_of(rows([None, None, None], [80, 84, 85]))

    assert (empty.compared, empty.tolerance, empty.empty) == (0, None, 3)
    assert tally_sentences(empty) == []


@pytest.mark.parametrize("mean", [80.0, 90.0])
def test_the_rule_can_fail(mean):
    found = tally_of(rows([(mean, 0), (84, 0), (85, 0)], [80, 84, 85]))

    assert found.differ == (mean == 90.0)


@pytest.mark.parametrize(("others", "blind"), [(0, False), (7, False), (8, True), (20, True)])
def test_agreement_that_other_columns_reach_as_well_is_called_blind(others, blind):
    """Of 20 own comparisons 9 agree, 45 %: five points above what others reach is the least."""
    tally = Tally(agree=9, say_nothing=11, tolerance=1.0, wrong_column=Share(others, 20))

    first, *_ = tally_sentences(tally)

    assert ("does not tell the right column from a wrong one" in first) == blind

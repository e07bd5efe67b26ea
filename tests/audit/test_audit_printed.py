"""What the checks find in the tables as printed."""

import pytest

from bench.audit.audit import audit_tables
from bench.audit.digits import repeated, same_number
from bench.audit.lattice import BALANCED, BATCHES, PLAIN, RUNS, tally
from bench.audit.metrics import put_to_metrics
from bench.audit.odd_runs import odd_patterns, odd_runs
from bench.audit.wins import lone_wins, record, scores_of, variants
from bench.judge.tally import shared_wins

COLUMNS = ("MLP_TAB", "OMP(MLP_TAB)", "BETA_LASSO(MLP_TAB)", "IUNET(MLP_TAB)")
TUNED = ("XGB", "TABN", "MLP_TAB+C")
"""The columns without networks of ours."""

SIZED = (
    *("australian", "blood.", "credit-g", "cnae", "mfeat.", "kc1", "segment"),
    *("jasmine", "kr-vs-kp", "sylvine", "phoneme", "christine", "bank."),
)
"""Thirteen rows whose test classes are known, or, for bank., whose largest one shows."""


@pytest.fixture(scope="module")
def findings(printed):
    """Findings by id."""
    found = audit_tables(tuple(printed.values()))
    assert len({finding.id for finding in found}) == len(found)
    return {finding.id: finding for finding in found}


def rows(finding):
    return {cell.row for cell in finding.cells}


def test_wins_count_every_tie_for_all_that_tie(printed, findings):
    scores, columns = scores_of(printed["table5"]), [*COLUMNS, *TUNED]

    assert list(shared_wins(columns, list(scores.values())).values()) == [
        1,
        4,
        1,
        13,
        12,
        0,
        16,
    ]
    assert list(lone_wins(columns, scores).values()) == [0, 0, 0, 10, 10, 0, 14]
    assert "47 wins in 40 rows" in findings["best/table5"].headline
    assert rows(findings["best/table5"]) == {
        *("kr-vs-kp", "kc1", "bank.", "car", "segment", "apsfailure")
    }


@pytest.mark.parametrize(
    ("other", "counts"),
    [
        ("MLP_TAB", (26, 13, 1)),
        ("OMP(MLP_TAB)", (23, 14, 3)),
        ("BETA_LASSO(MLP_TAB)", (27, 13, 0)),
        ("XGB", (22, 18, 0)),
        ("TABN", (36, 4, 0)),
        ("MLP_TAB+C", (15, 25, 0)),
    ],
)
def test_wins_losses_and_ties_against_each_column(other, counts, printed):
    assert record("IUNET(MLP_TAB)", other, scores_of(printed["table5"])) == counts


def test_the_finding_on_wins_gives_records_and_means(findings):
    details = findings["best/table5"].details

    assert "MLP_TAB against IUNET(MLP_TAB): 13-26-1" in details
    for column, mean in (("IUNET(MLP_TAB)", 83.046), ("MLP_TAB+C", 82.922), ("MLP_TAB", 82.644)):
        assert f"mean of {column} over 40 rows: {mean}" in details


def test_the_whole_method_is_best_alone_only_on_vehicle(printed, findings):
    finding = findings["ablation/table4/IUNET(MLP_TAB)"]

    assert len(variants(printed["table4"])) == 2
    assert finding.headline.endswith("1 of 4 rows: vehicle")
    assert "78.675" in finding.arithmetic and "98.471" in finding.arithmetic
    assert "MLP_TAB against IUNET_NO_PRUNE(MLP_TAB): 2-1-1" in finding.details


def test_tables_that_repeat_others_do_so_in_every_digit(printed):
    pairs = repeated(tuple(printed.values()))
    equal = {group: sum(same_number(*pair) for pair in found) for group, found in pairs.items()}

    assert equal["table2", "IUNET(MLP_VIS)", "table1"] == 3
    assert equal["table5", "IUNET(MLP_TAB)", "table4"] == 4
    assert equal["table6", "MLP_VIS", "table3"] + equal["table6", "IUNET(MLP_VIS)", "table3"] == 8
    assert equal["table4", "IUNET(MLP_VIS)", "table1"] == 0


def test_the_vision_column_of_table_4_is_that_of_another_network(findings):
    copied = [one for one in findings.values() if one.check == "copies" and one.sure == "strong"]

    assert [one.id for one in copied] == ["copies/table4/IUNET(MLP_VIS)/table1/IUNET(RESNET)"]
    assert len(copied[0].cells) == 6
    contradiction = findings["repeats/table4/IUNET(MLP_VIS)"]
    assert "0.013 above the best other of CIFAR100" in contradiction.arithmetic


def test_the_only_unexplained_tie_of_a_row_is_called_weak(findings):
    ties = [
        one for key, one in findings.items() if key.startswith("copies/") and one.sure == "weak"
    ]

    assert [rows(one) for one in ties] == [{"vehicle"}]


@pytest.mark.parametrize("name", TUNED)
def test_the_tuned_columns_are_balanced_accuracies_of_one_run(name, printed):
    cells = printed["table5"].columns[name]
    balanced = tally(cells, BALANCED, 1)
    plain = tally([c for c in cells if c.row in SIZED], PLAIN, 1)

    assert (balanced.passed, len(balanced.sharp)) == (7, 7)
    assert balanced.failing == ()
    assert balanced.chance < 1e-12
    fitting = [one.cell.row for one in plain.tested if one.mean_fits]
    assert (len(fitting), len(plain.tested)) == (4, 13)
    assert set(fitting) == {"mfeat.", "cnae", "segment", "christine"}


@pytest.mark.parametrize(("name", "fitting"), [*zip(COLUMNS, (2, 1, 0, 1), strict=True)])
def test_the_network_columns_are_no_balanced_accuracies_of_three_runs(name, fitting, printed):
    balanced = tally(printed["table5"].columns[name], BALANCED, RUNS)

    assert (balanced.passed, len(balanced.sharp)) == (fitting, 6)


def test_the_columns_of_table_5_are_not_measured_alike(printed, findings):
    columns = put_to_metrics(printed["table5"])

    assert [column.name for column in columns if column.fitting] == list(TUNED)
    assert [column.name for column in columns if column.impossible] == list(COLUMNS)
    assert findings["lattice/table5/unlike"].sure == "strong"
    assert findings["lattice/table5/impossible"].sure == "certain"
    assert findings["lattice/table4/impossible"].sure == "certain"


def test_accuracies_on_cifar_are_means_of_batches_and_no_plain_ones(printed, findings):
    cells = [cell for cell in printed["table1"].cells if cell.row.startswith("CIFAR")]
    batches, plain = (tally(cells, metric, RUNS) for metric in (BATCHES, PLAIN))

    assert (batches.passed, len(batches.sharp)) == (16, 16)
    assert 1e-9 < batches.chance < 1e-8
    assert len(plain.failing) > 10
    assert findings["batches/table1/impossible"].sure == "certain"
    assert findings["batches/table1/explained"].sure == "strong"


def test_with_their_spread_they_are_population_standard_deviations(printed):
    cells = [cell for cell in printed["table1"].cells if cell.row.startswith("CIFAR")]
    fits = [one.std_fits for one in tally(cells, BATCHES, RUNS).tested]

    assert all(population for population, _ in fits)
    assert not all(sample for _, sample in fits)


def test_a_weak_test_on_pictures_says_so(findings):
    assert findings["batches/table2/explained"].sure == "weak"
    assert "On SVHN the test says nothing" in findings["batches/table1/explained"].arithmetic


@pytest.mark.parametrize(
    ("row", "mean", "columns", "sure"),
    [
        ("credit-g", "70.000", {"MLP_TAB", "OMP(MLP_TAB)"}, "strong"),
        ("kc1", "84.597", {"OMP(MLP_TAB)", "IUNET(MLP_TAB)"}, "strong"),
        ("bank.", "88.300", {"MLP_TAB", "OMP(MLP_TAB)", "IUNET(MLP_TAB)"}, "weak"),
        ("apsfailure", "98.191", {"OMP(MLP_TAB)", "IUNET(MLP_TAB)"}, "strong"),
        ("clickpred.", "83.206", {"OMP(MLP_TAB)"}, "weak"),
    ],
)
def test_scores_of_always_one_class(row, mean, columns, sure, findings):
    finding = findings[f"one-class/table5/{row}"]

    assert finding.headline.startswith(f"{row} {mean}")
    assert {cell.column for cell in finding.cells} == columns
    assert finding.sure == sure


def test_no_other_score_of_table_5_is_that_of_one_class(findings):
    assert sum(key.startswith("one-class/table5/") for key in findings) == 5


@pytest.mark.parametrize("name", ["table3", "table6"])
def test_collapsed_rows_give_their_third_run(name, printed, findings):
    runs = odd_runs(printed[name])

    assert [f"{run.odd:.2f}" for run in runs] == ["92.05", "98.24", "94.70", "97.23"]
    assert {run.ddof for run in runs} == {1}
    # table 6 repeats table 3 and has no finding of its own
    assert findings["runs/table3/collapse"].sure == "strong"
    assert "runs/table6/collapse" not in findings


def test_table_5_prints_population_standard_deviations_and_tables_3_and_6_sample_ones(
    printed, findings
):
    runs = odd_runs(printed["table5"])

    assert {run.ddof for run in runs} == {0}
    assert {run.cell.row for run in runs} >= {"anneal", "bank.", "car", "apsfailure"}
    assert set(findings["runs/conventions"].tables) == {"table3", "table5", "table6"}


@pytest.mark.parametrize(
    ("row", "odd", "patterns"), [("car", "99.577", (0, 0, 6)), ("anneal", "98.902", (0, 0, 11))]
)
def test_odd_runs_are_reachable_only_with_truth_and_prediction_exchanged(
    row, odd, patterns, printed, facts, findings
):
    run = next(r for r in odd_runs(printed["table5"]) if r.cell.row == row)

    assert f"{run.odd:.3f}" == odd
    assert odd_patterns(facts[row].test_sizes, run) == list(patterns)
    assert f"runs/table5/{row}/{run.cell.column}" in findings


def test_what_is_confirmed_of_the_exchange_and_what_is_inferred(findings):
    finding = findings["exchanged/table5"]

    assert finding.headline == (
        "If the released code printed them, 4 columns are balanced accuracy with truth and "
        "prediction exchanged"
    )
    confirmed, inferred = finding.arithmetic.split("Inferred: ")
    assert "33 can be neither plain nor balanced accuracy" in confirmed
    assert "10 are the share of the largest class" in confirmed
    assert "2 have a third run that only the exchange gives" in confirmed
    assert inferred.startswith("that this code, which is anonymous, printed them")
    assert {cell.column for cell in finding.cells} == {*COLUMNS}


ASSUMING = ("lattice/", "batches/", "exchanged/")


def test_a_certain_finding_that_hangs_on_an_assumption_names_it_first(findings):
    hanging = {
        key
        for key, one in findings.items()
        if one.sure == "certain" and (key.startswith(ASSUMING) or key.endswith("/test-part"))
    }

    assert len(hanging) == 8
    assert all(findings[key].headline.startswith("If ") for key in hanging)
    conditional = {key for key, one in findings.items() if one.headline.startswith("If ")}
    assert {key for key in conditional if findings[key].sure == "certain"} == hanging


def test_six_distinct_cells_reach_above_100(findings):
    assert "6 distinct cells" in findings["spread/above-100"].headline
    assert len(findings["spread/above-100"].cells) == 10


def test_160_cells_have_no_spread(findings):
    assert len(findings["spread/table5/missing"].cells) == 160


def test_spreads_of_zero_are_told_apart(findings):
    zero = findings["spread/table5/zero"]

    assert rows(zero) == {
        *("credit-g", "kc1", "bank.", "apsfailure", "car", "segment", "clickpred.")
    }
    assert zero.headline == (
        "A spread of zero is printed in 12 cells; one surviving run can explain the 2 that neither "
        "one class nor 100 explains"
    )
    assert (
        "Neither explains credit-g IUNET(MLP_TAB) 63.166, segment IUNET(MLP_TAB) 91.563. "
        "One surviving run can explain all" in zero.arithmetic
    )
    assert len(findings["spread/table4/zero"].cells) == 3


def test_a_zero_of_one_decimal_is_only_a_small_spread(printed, findings):
    assert any(cell.std == 0 for cell in printed["table6-trained"].cells)
    assert "spread/table6-trained/zero" not in findings


def test_printed_parts_are_floors_while_scores_show_a_fifth_rounded_up(printed, findings):
    shares = {cell.row: cell.one_class for cell in printed["table5"].columns["IUNET(MLP_TAB)"]}

    assert "In 40 of 40" in findings["sizes/table8/parts"].arithmetic
    assert (shares["kc1"], shares["bank."]) == ((357, 422), (7985, 9043))
    assert {"kc1", "bank."} <= rows(findings["sizes/table8/test-part"])


def test_features_count_the_target_and_one_id_is_out_of_order(findings):
    assert findings["sizes/table8/features"].headline.startswith(
        "One feature too many is printed in 40 of 40"
    )
    assert rows(findings["sizes/table8/order"]) == {"Credit-g"}


def test_validation_of_svhn_is_a_fifth_rounded_down(findings):
    assert rows(findings["sizes/table7/rounding"]) == {"SVHN"}
    assert "14651 of 73,257" in findings["sizes/table7/rounding"].arithmetic

"""A fault put into clean tables is found."""

import pytest
from made_up_tables import changed, shown, table

from bench.audit.audit import audit_tables
from bench.audit.printed import PrintedTable


@pytest.fixture
def found():
    """Findings of tables by id."""
    return lambda *tables: {finding.id: finding for finding in audit_tables(tables)}


def numbers(table):
    return {(c.row, c.column): (c.mean, c.std) for c in table.cells}


def test_wins_that_are_not_those_of_the_numbers(clean_scores, found):
    wrong = PrintedTable(
        "t", "scores", clean_scores.cells, dict.fromkeys(clean_scores.wins, 2.0) | {"A": 3}
    )

    finding = found(wrong)["best/t"]

    assert "are not those of the printed numbers" in finding.headline
    assert finding.tables == ("clean-scores",)


def test_wins_with_ties_counted_for_nobody(clean_scores, found):
    row = {c.column: c for c in clean_scores.rows["kc1"]}
    top = max(row.values(), key=lambda cell: cell.mean)
    other = next(name for name in clean_scores.wins if name != top.column)
    tied = changed(clean_scores, {("kc1", other): (top.mean, 1.0)})
    wins = {**tied.wins, top.column: tied.wins[top.column] - 1}

    finding = found(PrintedTable("t", "scores", tied.cells, wins))["best/t"]

    assert finding.headline == "A tie is a win for no column: 5 wins in 6 rows"


def test_a_part_left_out_that_does_no_harm(clean_pictures, found):
    better = changed(clean_pictures, {("cifar10", "M_NO_PART(NET)"): shown([0.75, 0.751, 0.753])})

    finding = found(better)["ablation/clean-pictures/M(NET)"]

    assert finding.headline == "M(NET) is best alone in 1 of 2 rows: cifar100"


def test_the_same_thing_printed_with_other_digits(clean_pictures, found):
    again = table("later", {("cifar10", "D(NET)"): shown([0.41, 0.42, 0.44])})

    finding = found(clean_pictures, again)["repeats/later/D(NET)"]

    assert "contradicts clean-pictures" in finding.headline
    assert finding.sure == "certain"


def test_the_same_thing_printed_with_the_same_digits_is_as_it_should_be(clean_pictures, found):
    again = table("later", {("cifar10", "D(NET)"): numbers(clean_pictures)["cifar10", "D(NET)"]})

    finding = found(clean_pictures, again)["repeats/later/D(NET)"]

    assert finding.headline == "D(NET) is equal to clean-pictures in 1 of 1 row, as it should be"


def test_a_column_copied_from_another_method(clean_scores, found):
    copied = {(row, "X"): numbers(clean_scores)[row, "B"] for row in ("kc1", "mfeat-factors")}

    finding = found(clean_scores, table("later", copied))["copies/later/X/clean-scores/B"]

    assert (finding.sure, len(finding.cells)) == ("strong", 4)


def test_a_misprint_of_one_digit_on_a_small_test_part(clean_scores, found):
    mean, std = numbers(clean_scores)["cnae-9", "B"]

    wrong = changed(clean_scores, {("cnae-9", "B"): (round(mean + 0.011, 3), std)})

    finding = found(wrong)["lattice/clean-scores/impossible"]
    assert [(cell.row, cell.column) for cell in finding.cells] == [("cnae-9", "B")]
    assert finding.sure == "certain"


def test_a_mean_that_can_be_with_a_spread_that_cannot(clean_scores, found):
    mean, std = numbers(clean_scores)["cnae-9", "B"]

    wrong = changed(clean_scores, {("cnae-9", "B"): (mean, round(std + 0.003, 3))})

    assert "lattice/clean-scores/impossible" in found(wrong)


def test_a_column_of_plain_accuracies_beside_balanced_ones(clean_scores, found, facts):
    plain = {
        (row, "B"): shown([round(facts[row].test * share) / facts[row].test for share in shares])
        for row, shares in {
            "credit-g": (0.71, 0.735, 0.745),
            "kc1": (0.84, 0.85, 0.86),
            "blood-transfusion": (0.72, 0.75, 0.77),
            "kr-vs-kp": (0.91, 0.93, 0.92),
        }.items()
    }

    finding = found(changed(clean_scores, plain))["lattice/clean-scores/unlike"]

    assert "balanced accuracy or plain accuracy" in finding.headline
    assert finding.sure == "strong"


def test_a_column_of_which_part_is_measured_otherwise(clean_scores, found):
    # of 150 test rows 108, 111 and 117 are right, plainly counted
    mixed = {("blood-transfusion", "B"): shown([0.72, 0.74, 0.78])}
    for row in ("credit-g", "cnae-9", "kc1"):
        mixed[row, "B"] = numbers(clean_scores)[row, "B"]

    finding = found(table("t", mixed))["lattice/t/torn"]

    assert finding.headline.startswith("If scores are means of three runs on a stratified fifth")
    assert finding.headline.endswith(", no one metric gives all of B")
    assert [cell.row for cell in finding.cells] == ["blood-transfusion"]


def test_a_number_of_unknown_class_sizes_is_not_called_impossible(found):
    # 84.1 is no share of the 170 test rows of vehicle, but may be a balanced accuracy
    assert "lattice/t/impossible" not in found(table("t", {("vehicle", "A"): (84.1, 1.0)}))


def test_numbers_that_fit_plain_accuracy_need_no_other_explanation(found):
    # half of the pictures right is half right in batches too
    findings = found(table("t", {("cifar10", "A"): (50.0, 0.01), ("cifar10", "B"): (50.0, 0.02)}))

    assert not [key for key in findings if key.startswith("batches/")]


def test_means_of_batches_where_plain_accuracy_is_meant(clean_pictures, found):
    hits = [(7300, 12), (7390, 9), (7411, 15), (5000, 3), (5050, 8), (5077, 14)]
    batches = [(full / 128 + last / 16) / 79 for full, last in hits]
    wrong = {("cifar10", "M(NET)"): shown(batches[:3]), ("cifar100", "M(NET)"): shown(batches[3:])}

    findings = found(changed(clean_pictures, wrong))

    assert findings["batches/clean-pictures/impossible"].sure == "certain"


def test_a_score_of_always_one_class(clean_scores, found):
    wrong = changed(clean_scores, {("kc1", "A"): (84.597, 0.0)})
    scores = [cell.mean for cell in wrong.rows["kc1"]]

    finding = found(wrong)["one-class/clean-scores/kc1"]

    low, high = min(scores), max(scores)
    assert "357 of 422 test rows" in finding.arithmetic
    assert f"uniform over the range of their row, {low:.3f} to {high:.3f}" in finding.arithmetic
    # each of three scores falls on one of 1,000 printed numbers a point
    assert finding.chance == pytest.approx(1 - (1 - 0.001 / (high - low)) ** 3)
    assert finding.sure == "strong"


def test_the_narrower_a_row_the_likelier_chance_gives_the_score_of_one_class(found):
    near = {
        ("kc1", name): (84.597 + step, 0.4) for name, step in (("A", 0), ("B", 0.1), ("C", 0.2))
    }
    finding = found(table("t", near))["one-class/t/kc1"]

    assert finding.chance == pytest.approx(3 * 0.001 / 0.2, rel=0.01)
    assert finding.sure == "weak"


def test_a_balanced_score_of_always_one_class(clean_scores, found):
    finding = found(changed(clean_scores, {("kc1", "A"): (50.0, 0.0)}))[
        "one-class/clean-scores/kc1"
    ]

    assert "Always answering one of 2 classes scores 50.000 balanced" in finding.arithmetic


def test_networks_that_agree_with_themselves_on_everything(clean_agreement, found):
    # runs 100, 100, 94: mean 98, sample standard deviation √12
    wrong = changed(clean_agreement, {("one", "A"): (98.0, 3.464)})

    finding = found(wrong)["runs/clean-agreement/collapse"]

    assert "(100, 100, 94.00)" in finding.arithmetic


def test_tables_that_compute_spreads_differently(clean_agreement, clean_scores, found):
    # runs 100, 100, 94 again; their population standard deviation is √8
    sample = changed(clean_agreement, {("one", "A"): (98.0, 3.464)})
    population = changed(clean_scores, {("kr-vs-kp", "A"): (98.0, 2.828)})

    finding = found(sample, population)["runs/conventions"]

    assert "population standard deviations are in clean-scores" in finding.headline


def test_cells_without_a_spread(clean_pictures, found):
    wrong = changed(clean_pictures, {("cifar10", "D(NET)"): (60.0, None)})

    finding = found(wrong)["spread/clean-pictures/missing"]

    assert finding.headline == "No spread is printed in 1 of 6 cells"


def test_a_spread_of_zero_that_nothing_explains(clean_scores, found):
    mean, _ = numbers(clean_scores)["mfeat-factors", "A"]

    finding = found(changed(clean_scores, {("mfeat-factors", "A"): (mean, 0.0)}))[
        "spread/clean-scores/zero"
    ]

    assert finding.headline.startswith("A spread of zero is printed in 1 cell; one surviving")


def test_a_mean_and_spread_above_100(clean_agreement, found):
    findings = found(changed(clean_agreement, {("one", "A"): (99.2, 0.9)}))

    assert "1 distinct cell" in findings["spread/above-100"].headline


def test_a_spread_no_three_scores_can_have(clean_agreement, found):
    # the sample standard deviation of 100, 100, 70 is 17.321
    findings = found(changed(clean_agreement, {("one", "A"): (90.0, 17.4)}))

    assert findings["spread/clean-agreement/impossible"].sure == "certain"


def test_parts_that_do_not_add_up(clean_counts, found):
    count, _ = numbers(clean_counts)["kc1", "n_train"]

    finding = found(changed(clean_counts, {("kc1", "n_train"): (count - 2, None)}))[
        "sizes/clean-counts/parts"
    ]

    assert "1 of 6 datasets" in finding.headline


def test_features_shares_and_ids_that_are_not_those_of_the_data(clean_counts, found):
    wrong = {
        ("kc1", "n_feats"): (22.0, None),
        ("kc1", "majority_pct"): (84.6, None),
        ("kr-vs-kp", "openml_id"): (1.0, None),
    }

    findings = found(changed(clean_counts, wrong))

    assert [cell.row for cell in findings["sizes/clean-counts/features"].cells] == ["kc1"]
    assert len(findings["sizes/clean-counts/shares"].cells) == 2


def test_a_score_that_the_printed_test_part_cannot_give(clean_scores, clean_counts, found):
    scores = changed(clean_scores, {("kc1", "A"): (84.597, 0.0)})
    counts = changed(clean_counts, {("kc1", "n_test"): (421.0, None)})

    finding = found(scores, counts)["sizes/clean-counts/test-part"]

    assert "357 of 422 rows and no share of the printed 421" in finding.arithmetic

"""The claims on the numbers as printed, against counts known from reading them."""

import pytest

from bench.claims.compare import Outcome, compare
from bench.claims.judge import rank, verdicts
from bench.claims.numbers import PrintedNumbers, find_side, rows_of
from bench.declared.claims import Claim, Side, read_claims
from bench.declared.published import read_corrections, read_published
from bench.judge.effects import effect_of, holm

IUNET = "IUNET(MLP_TAB)"


@pytest.mark.parametrize(
    ("other", "wins", "losses", "ties"),
    [
        ("MLP_TAB", 26, 13, 1),
        ("OMP(MLP_TAB)", 23, 14, 3),
        ("BETA_LASSO(MLP_TAB)", 27, 13, 0),
        ("XGB", 22, 18, 0),
        ("TABN", 36, 4, 0),
        ("MLP_TAB+C", 15, 25, 0),
    ],
)
def test_wins_over_the_40_tables_are_those_of_the_printed_digits(other, wins, losses, ties):
    numbers = read_published("table5")
    rows = [row for row, column in numbers if column == IUNET and row != "#Best"]

    effect = effect_of([numbers[row, IUNET].mean - numbers[row, other].mean for row in rows])

    assert (effect.wins, effect.losses, effect.ties) == (wins, losses, ties)


def test_the_claims_on_tables_carry_those_wins(on_print):
    dense = on_print("pruned-above-dense-tables").comparisons[0]
    omp, lasso = on_print("above-pruning-tables").comparisons

    wins = [(e.wins, e.losses, e.ties) for e in (dense.effect, omp.effect, lasso.effect)]
    assert wins == [(26, 13, 1), (23, 14, 3), (27, 13, 0)]
    assert dense.effect.mean == pytest.approx(83.046 - 82.644, abs=1e-3)


def test_columns_printed_in_different_metrics_are_not_compared(on_print):
    verdict = on_print("above-trees-and-tabnet")

    assert verdict.outcome is Outcome.NOT_COMPARABLE
    assert all(one.effect is None for one in verdict.comparisons)


@pytest.mark.parametrize(
    ("key", "outcome"),
    [
        ("pruned-above-dense-pictures", Outcome.SUPPORTED),
        ("above-pruning-resnet", Outcome.SUPPORTED),
        ("cnn-above-pruned-perceptron", Outcome.SUPPORTED),
        ("resnet-best-of-all", Outcome.SUPPORTED),
        ("pruning-needed-pictures", Outcome.SUPPORTED),
        ("unpruned-below-supernet-tables", Outcome.UNDECIDED),  # kc1: 84.597 above 80.762 alone
        ("consistency-tables", Outcome.UNDECIDED),  # 51.6 ± 4.3 against 46.1 ± 1.4
        ("efficiency", Outcome.UNTESTED),
    ],
)
def test_the_printed_numbers_decide_as_their_digits_say(on_print, key, outcome):
    assert on_print(key).outcome is outcome


def test_the_ablation_on_pictures_is_judged_on_the_corrected_column(on_print):
    (comparison,) = on_print("start-needed-pictures").comparisons

    by_row = {pair.row[0]: pair for pair in comparison.pairs}
    assert by_row["cifar100"].difference == pytest.approx(32.760 - 32.747)
    (side, _), corrections = comparison.cells.sides, read_corrections("table4")
    name = find_side(side)[1].printed_name
    right = {
        row.dataset: corrections[row.printed_name, name].printed.mean
        for row in rows_of(side).values()
    }
    assert {dataset: pair.one.points for dataset, pair in by_row.items()} == right
    assert comparison.outcome is Outcome.UNDECIDED


def test_numbers_the_authors_withdrew_are_shown_and_decide_nothing(on_print):
    (comparison,) = on_print("consistency-pictures").comparisons

    assert comparison.outcome is Outcome.UNDECIDED
    assert "withdrew" in comparison.refusal
    assert comparison.effect.wins == 12


def test_a_row_printed_without_a_spread_cannot_decide_by_rows():
    claim = Claim(
        key="bare",
        says="",
        source="",
        side=Side("table5", "mlp-tab:iunet"),
        against=(Side("table5", "mlp-tab:dense"),),
        test="every-row",
        metric="balanced_accuracy",
    )
    one = compare(claim, claim.against[0], PrintedNumbers())

    assert one.refusal == "40 of 40 rows without a spread"
    assert one.evidence is None


def test_few_datasets_cannot_decide_a_test_over_datasets(on_print):
    verdict = on_print("pruned-above-dense-tables", ("vehicle", "car"))

    assert verdict.comparisons[0].refusal == "2 datasets are fewer than 6"
    assert verdict.outcome is Outcome.UNDECIDED


def test_the_p_values_of_all_claims_are_adjusted_together():
    found = verdicts(read_claims(), PrintedNumbers())

    tested = [one for verdict in found.claims for one in verdict.comparisons if one.evidence]
    assert len(tested) == found.tests > 1
    assert [one.adjusted for one in tested] == holm([one.evidence.p for one in tested])
    assert {one.claim.test for one in tested} == {"signed-rank", "interval", "every-row"}


def test_a_claim_asked_for_alone_gets_the_verdict_it_has_among_all():
    everything = verdicts(read_claims(), PrintedNumbers())
    key = "omp-not-above-supernet-tables"

    alone = verdicts(read_claims(), PrintedNumbers(), keys=[key])

    (verdict,) = alone.claims
    assert verdict == next(one for one in everything.claims if one.claim.key == key)
    assert verdict.outcome is Outcome.UNDECIDED
    assert verdict.comparisons[0].evidence.p < 0.05
    assert (alone.tests, alone.rankings) == (everything.tests, ())


def test_networks_are_ranked_and_mixed_metrics_are_not():
    networks, everything = (rank(one, PrintedNumbers()) for one in read_claims().ranking)

    assert networks.ranks.n == 40
    assert list(networks.ranks.average)[0] == "IUNET"
    assert sum(networks.ranks.average.values()) == pytest.approx(4 * 2.5)
    assert everything.ranks is None
    assert "not comparable" in everything.refusal


def test_every_declared_claim_names_columns_and_a_metric_its_tables_have():
    from bench.claims.numbers import has_metric

    declared = read_claims()

    for claim in declared.claim:
        for side in (claim.side, *claim.against) if claim.side else ():
            spec, _ = find_side(side)
            assert has_metric(spec, claim.metric), claim.key

"""The overall answer: shipped records against scipy, made-up ones against what they must show."""

import json
import math
from statistics import fmean

import pytest
from made_up import made_up_predictions, made_up_record, write_records
from planned import planned_jobs
from scipy import stats

from bench.declared.claims import read_questions
from bench.declared.published import read_published
from bench.declared.tables import read_table
from bench.folders import reference_folder
from bench.render.outline import as_markdown
from bench.store.store import Store, shipped_store
from bench.verdict.answer import Finding, methods_of
from bench.verdict.headline import headline
from bench.verdict.outline import outline
from bench.verdict.verdict import verdict
from iunet.declare.protocol import shipped_protocols

METRIC = "balanced_accuracy"
TABLES = ("anneal", "arrhythmia", "australian", "car", "credit-g", "kc1", "vehicle")


SELECT = {key: f"valid_{protocol.table.select}" for key, protocol in shipped_protocols().items()}


@pytest.fixture(scope="module")
def found():
    with shipped_store() as store:
        return verdict(store)


@pytest.fixture(scope="module")
def means():
    """Mean test score in points of the shipped full-budget runs, by protocol, method, dataset; of a
    grid that of the point with the highest mean validation score."""
    scores = {}
    for path in sorted(reference_folder().glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            raw = json.loads(line)
            if raw["budget"] == "full" and "metrics" in raw.get("result", {}):
                key = raw["protocol"], f"{raw['net']}:{raw['method']}", raw["dataset"]
                point = scores.setdefault(key, {}).setdefault(str(raw["point"]), [])
                metrics = raw["result"]["metrics"]
                chooses = metrics.get(SELECT.get(raw["protocol"]), 0)
                point.append((chooses, 100 * metrics.get(METRIC, 0)))
    best = {key: max(points.values(), key=mean_valid) for key, points in scores.items()}
    return {key: fmean(test for _, test in runs) for key, runs in best.items()}


def mean_valid(runs):
    """Of the runs of a point."""
    return fmean(valid for valid, _ in runs)


def test_every_answer_is_what_scipy_makes_of_the_shipped_records(found, means):
    assert [one.scores.protocol.key for one in found.protocols] == ["released", "paper"]
    for one in found.protocols:
        key, mine = one.scores.protocol.key, found.questions.method
        for answer in one.answers[METRIC]:
            other = answer.question.other
            datasets = [d for d in one.scores.datasets if (key, other, d) in means]
            if not datasets:  # not run under this protocol
                assert answer.effect is None and answer.finding is Finding.TOO_FEW
                continue
            differences = [means[key, mine, d] - means[key, other, d] for d in datasets]
            interval = stats.t.interval(
                0.95, len(differences) - 1, fmean(differences), stats.sem(differences)
            )

            assert answer.effect.n == len(differences) >= 8
            assert answer.effect.mean == pytest.approx(fmean(differences), abs=1e-3)
            assert answer.effect.interval == pytest.approx(interval, abs=1e-2)
            sizes = [abs(value) for value in answer.effect.differences]
            if 0 not in sizes and len(set(sizes)) == len(sizes):
                exact = stats.wilcoxon(differences, method="exact").pvalue
                assert answer.effect.p == pytest.approx(exact)
            assert answer.p >= answer.effect.p


def test_leaving_out_gives_the_ends_worked_out_one_by_one(found, means):
    one = found.protocols[0]
    answer = one.answers[METRIC][0]
    values = [
        means["released", found.questions.method, d] - means["released", answer.question.other, d]
        for d in one.scores.datasets
    ]
    left = [fmean(values[:place] + values[place + 1 :]) for place in range(len(values))]

    assert answer.without_dataset == pytest.approx((min(left), max(left)), abs=1e-3)
    low, high = answer.without_seed
    assert low <= answer.effect.mean <= high


def test_exchanging_the_metric_moves_iunet_and_the_dense_network_alike(found):
    iunet, dense = found.protocols[0].mixed

    assert (iunet.title, dense.title) == ("IUNET", "MLP_TAB")
    for network in (iunet, dense):
        assert network.mixed.n == network.alike.n == 11
        assert network.mixed.mean - network.alike.mean > 5
    assert iunet.printed.mean > 0


def test_what_would_show_a_point_follows_from_the_t_distribution(found):
    """The power of that many datasets, by scipy's noncentral t, is above 80 %, of fewer below."""
    one = found.protocols[1]
    deviation = stats.tstd(one.answers[METRIC][0].effect.differences)

    def power(n):
        critical = stats.t.ppf(0.975, n - 1)
        return stats.nct.sf(critical, n - 1, math.sqrt(n) / deviation)

    assert power(one.need.datasets) == pytest.approx(0.8, abs=0.04)
    assert one.need.many_seeds <= one.need.datasets


def test_differences_on_pictures_are_welchs_over_the_seeds_of_the_shipped_records(found):
    scores = {}
    for line in (reference_folder() / "cifar10.jsonl").read_text(encoding="utf-8").splitlines():
        raw = json.loads(line)
        if (raw["protocol"], raw["budget"]) == ("released", "narrow"):
            points = scores.setdefault(raw["method"], [])
            points.append(100 * raw["result"]["metrics"]["batch_mean_accuracy"])

    released, paper = found.protocols

    others = {
        "dense": "MLP_VIS",
        "omp": "OMP",
        "no-prune": "NO_PRUNE",
        "no-ilo": "NO_ILO",
        "no-pis": "NO_PIS",
    }
    assert [each.other for each in released.pictures] == [*others.values()]
    assert paper.pictures == ()
    for each, other in zip(released.pictures, others, strict=True):
        tested = stats.ttest_ind(scores["iunet"], scores[other], equal_var=False)
        assert each.own.value == pytest.approx(fmean(scores["iunet"]) - fmean(scores[other]))
        assert each.own.p() == pytest.approx(tested.pvalue)
        assert each.own.interval == pytest.approx([*tested.confidence_interval(0.95)])
    assert [each.printed for each in released.pictures] == pytest.approx(
        [5.581, 5.179, 10.225, 2.185, 3.972]
    )


def scored(tmp_path, score, datasets=TABLES):
    """The answers on made-up records; `score` gives a fraction for a job."""
    store = Store(tmp_path / "results")
    columns = tuple(
        ("" if net == "-" else net, key)
        for net, key in (method.split(":") for method in methods_of(read_questions()))
    )
    write_records(store, planned_jobs(datasets, columns, "paper", "full"), score)
    return verdict(store, ["paper"])


def test_a_method_that_wins_everywhere_is_shown_to(tmp_path):
    def score(job):
        return 0.9 if job.method == "iunet" else 0.5 + 0.001 * TABLES.index(job.dataset)

    found = scored(tmp_path, score)

    answers = found.protocols[0].answers[METRIC]
    # Of 7 datasets the smallest p is 2 / 2^7; Holm's factor of 13 leaves .20, so nothing is shown.
    assert {answer.finding for answer in answers} == {Finding.UNDECIDED}
    assert all(answer.effect.wins == 7 for answer in answers)
    assert answers[0].p == pytest.approx(13 * 2 / 2**7)
    assert "no difference between IUNET and its rivals is significant" in headline(found)[0]
    assert "even a win on every one is not significant" in headline(found)[1]


def test_on_ten_datasets_winning_everywhere_is_significant(tmp_path):
    ten = (*TABLES, "mfeat-factors", "phoneme", "kr-vs-kp")

    found = scored(tmp_path, lambda job: 0.9 if job.method == "iunet" else 0.5, ten)

    # 2 / 2^10 times 13 is .025.
    assert {a.finding for a in found.protocols[0].answers[METRIC]} == {Finding.HIGHER}
    assert (
        "IUNET is above MLP_TAB under `paper` (+40.0, 10–0, adjusted p 0.025)" in headline(found)[0]
    )


def test_ranks_are_those_of_one_metric_of_the_printed_metrics_and_of_print(tmp_path):
    """The dense network is third of seven alike; IUNET's swapped score would make it first."""
    means = {"iunet": 0.6, "omp": 0.7, "dense": 0.65}
    swapped = {"iunet": 0.95}
    store = Store(tmp_path / "results")
    columns = tuple((c.net.strip("-"), c.method) for c in read_table("table5").columns)
    for job in planned_jobs(TABLES, columns, "paper", "full"):
        record = made_up_record(job, means.get(job.method, 0.5))
        record.result["metrics"]["swapped_balanced_accuracy"] = swapped.get(job.method, 0.5)
        store.write(record, made_up_predictions())

    found = verdict(store, ["paper"])

    comparison = found.protocols[0].rank_comparison
    assert list(comparison.alike.average)[:3] == ["mlp-tab:omp", "mlp-tab:dense", "mlp-tab:iunet"]
    assert comparison.alike.average["mlp-tab:iunet"] == 3
    assert comparison.mixed.average["mlp-tab:iunet"] == 1
    (said,) = [one for one in headline(found) if one.startswith("Among the 7 columns")]
    assert "over the 7 datasets" in said and "3.0 (place 3)" in said and "1.0 (place 1)" in said
    ranked = {name: [] for name in comparison.printed.average}
    numbers, spec = read_published("table5"), read_table("table5")
    for row in spec.rows:
        if row.dataset in TABLES:
            line = [numbers[row.printed_name, c.printed_name].mean for c in spec.columns]
            for column, rank in zip(spec.columns, stats.rankdata([-v for v in line]), strict=True):
                ranked[f"{column.net}:{column.method}"].append(rank)
    assert comparison.printed.average == pytest.approx({m: fmean(r) for m, r in ranked.items()})


def test_runs_of_iunet_alone_answer_nothing_and_stop_nothing(tmp_path):
    store = Store(tmp_path / "results")
    jobs = planned_jobs(("vehicle",), (("", "iunet"),), "paper", "full")
    write_records(store, jobs, lambda job: 0.5)

    found = verdict(store, ["paper"])

    assert {a.finding for a in found.protocols[0].answers[METRIC]} == {Finding.TOO_FEW}
    assert "| MLP_TAB | – |" in as_markdown(outline(found))


def test_without_runs_it_says_which_command_makes_them(tmp_path):
    found = verdict(Store(tmp_path))

    assert found.protocols == ()
    assert headline(found) == [
        "There are no runs of IUNET under the full budget yet; `bench table5` makes them."
    ]
    assert as_markdown(outline(found)).startswith("# What the runs say")


def test_one_class_runs_and_the_untrained_are_counted(found):
    for one in found.protocols:
        runs = [run for (_, m), cell in one.scores.runs.items() if m[0] != "-" for run in cell]
        ones = [run for run in runs if run.test["top_class_share"] == 1]

        assert one.degenerate.runs == len(runs)
        assert one.degenerate.one_class == len(ones)


def test_every_declared_method_and_table_is_known():
    questions = read_questions()

    columns = tuple(tuple(method.split(":")) for method in methods_of(questions))
    columns = tuple(("" if net == "-" else net, key) for net, key in columns)
    for protocol in shipped_protocols():
        assert planned_jobs(("vehicle",), columns, protocol, "full")

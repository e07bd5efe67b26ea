"""Printed tables to audit: the real ones, and made-up ones in which nothing is wrong."""

import random
from statistics import fmean

import pytest
from made_up_tables import shown, table

from bench.audit.printed import read_tables
from bench.folders import tables_folder
from bench.judge.dataset_facts import all_facts

ROWS = ("credit-g", "kr-vs-kp", "mfeat-factors", "kc1", "cnae-9", "blood-transfusion")
COLUMNS = ("A", "B", "C")


@pytest.fixture(scope="session")
def facts():
    return all_facts()


@pytest.fixture(scope="session")
def printed():
    """The tables as printed, by name."""
    return {table.key: table for table in read_tables(tables_folder())}


@pytest.fixture
def clean_scores(facts):
    """Three runs of true balanced accuracy a cell; wins counted right and without a tie."""
    draw = random.Random(5)
    numbers, wins = {}, dict.fromkeys(COLUMNS, 0)
    for row in ROWS:
        sizes = facts[row].test_sizes
        for place, column in enumerate(COLUMNS):
            good = 0.7 + 0.05 * ((place + len(row)) % 3)
            runs = [
                fmean(round(size * (good + draw.uniform(-0.06, 0.06))) / size for size in sizes)
                for _ in range(3)
            ]
            numbers[row, column] = shown(runs)
        wins[max(COLUMNS, key=lambda name: numbers[row, name][0])] += 1
    return table("clean-scores", numbers, wins=wins)


@pytest.fixture
def clean_pictures():
    """Three runs of plain accuracy on 10,000 pictures a cell, with one part left out beside it."""
    draw = random.Random(6)
    numbers = {}
    for row in ("cifar10", "cifar100"):
        for column, good in (("M(NET)", 7000), ("M_NO_PART(NET)", 6500), ("D(NET)", 6000)):
            numbers[row, column] = shown([(good + draw.randrange(200)) / 10_000 for _ in range(3)])
    return table("clean-pictures", numbers)


@pytest.fixture
def clean_agreement():
    draw = random.Random(7)
    numbers = {
        (row, column): shown([draw.uniform(0.6, 0.8) for _ in range(3)])
        for row in ("one", "two")
        for column in COLUMNS
    }
    return table("clean-agreement", numbers, kind="agreement")


@pytest.fixture
def clean_counts(facts):
    """Parts of a split, features without the target, ids in order."""
    numbers = {}
    for row in sorted(ROWS, key=lambda key: facts[key].task_id):
        known = facts[row]
        counts = {
            "n_train": known.rows - 2 * known.test,
            "n_valid": known.test,
            "n_test": known.test,
            "n_feats": known.features,
            "majority_pct": round(100 * known.shares[0], 2),
            "minority_pct": round(100 * known.shares[1], 2),
            "openml_id": known.task_id,
        }
        numbers |= {(row, name): (float(count), None) for name, count in counts.items()}
    return table("clean-counts", numbers, kind="counts")


@pytest.fixture
def clean(clean_scores, clean_pictures, clean_agreement, clean_counts):
    """A whole paper without a fault."""
    return clean_scores, clean_pictures, clean_agreement, clean_counts

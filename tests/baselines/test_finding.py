"""Methods and criteria are found by walking packages and entry points."""

import subprocess
import sys
import textwrap

import pytest

import baselines
from baselines.registry import BrokenMethod, find_method, find_methods
from iunet.criteria import BrokenCriterion, criterion_modules, find_criterion
from iunet.declare.contract import UnknownKey
from iunet.declare.protocol import shipped_protocols
from iunet.declare.recipe import Recipe
from iunet.declare.resolve import resolve

KEYS = [
    *("dense", "omp", "beta-lasso", "xgb", "tabnet", "random-mask", "initial-magnitude"),
    *("iunet", "no-prune", "no-ilo", "no-pis", "mlp-tab-c", "xgb-tuned", "tabnet-tuned"),
]


RECIPE = """
    from iunet.declare.recipe import Prune, Recipe
    METHOD = Recipe(key="{key}", prune=Prune("smallest"))
"""


def test_every_method_of_the_tables_is_found_under_its_own_key():
    methods = find_methods()

    assert set(KEYS) <= set(methods)
    assert all(method.key == key for key, method in methods.items())


def test_a_method_nobody_declared_is_answered_with_the_known_ones():
    with pytest.raises(UnknownKey, match=r"'xgboost'; known: beta-lasso, .*xgb"):
        find_method("xgboost")


def test_a_method_of_another_package_is_found(install):
    install(
        "[iunet_bench.methods]\nmine = outsider_methods\n",
        {
            "outsider_methods/__init__.py": "",
            "outsider_methods/smallest.py": RECIPE.format(key="outsider"),
        },
    )

    assert find_method("outsider").prune.criterion == "smallest"


def test_a_single_method_can_be_advertised_by_name(install):
    install(
        "[iunet_bench.methods]\nmine = outsider_one:METHOD\n",
        {
            "outsider_one.py": RECIPE.format(key="one"),
        },
    )

    assert find_method("one").key == "one"


def test_a_file_that_cannot_be_imported_is_named(install):
    install(
        "[iunet_bench.methods]\nmine = outsider_broken\n",
        {
            "outsider_broken/__init__.py": "",
            "outsider_broken/typo.py": "import no_such_library\n",
        },
    )

    with pytest.raises(BrokenMethod, match=r"outsider_broken/typo\.py .*no_such_library"):
        find_methods()


def test_a_file_without_a_method_is_named(install):
    install(
        "[iunet_bench.methods]\nmine = outsider_empty\n",
        {
            "outsider_empty/__init__.py": "",
            "outsider_empty/blank.py": "METHODS = []\n",
        },
    )

    with pytest.raises(BrokenMethod, match=r"outsider_empty/blank\.py has no METHOD"):
        find_methods()


def test_files_of_another_distribution_with_our_package_name_are_told_apart(
    install, tmp_path, monkeypatch
):
    install("", {"theirs/logger.py": ""})
    (tmp_path / "outsider-1.0.dist-info" / "top_level.txt").write_text("baselines\n")
    monkeypatch.setattr(baselines, "__path__", [*baselines.__path__, str(tmp_path / "theirs")])

    with pytest.raises(BrokenMethod, match=r"logger.py has no METHOD.*outsider has a package"):
        find_methods()


def test_two_methods_of_one_key_are_refused_and_both_files_named(install):
    install(
        "[iunet_bench.methods]\nmine = outsider_twin\n",
        {
            "outsider_twin.py": RECIPE.format(key="omp"),
        },
    )

    with pytest.raises(BrokenMethod, match=r"'omp'.*baselines/omp\.py.*outsider_twin\.py"):
        find_methods()


def test_a_criterion_of_another_package_is_found(install):
    install(
        "[iunet_bench.criteria]\nmine = outsider_criteria\n",
        {
            "outsider_criteria/__init__.py": "",
            "outsider_criteria/most_negative.py": "def scores(candidates):\n    return 'found'\n",
        },
    )

    assert find_criterion("most-negative")(None) == "found"


def test_two_criteria_of_one_key_are_refused(install):
    install(
        "[iunet_bench.criteria]\nmine = outsider_pair\n",
        {
            "outsider_pair/__init__.py": "",
            "outsider_pair/random.py": "def scores(candidates):\n    return {}\n",
        },
    )

    with pytest.raises(BrokenCriterion, match=r"'random'.*baselines.*outsider_pair"):
        criterion_modules()


def test_a_criterion_whose_key_is_not_its_file_name_is_refused(install):
    install(
        "[iunet_bench.criteria]\nmine = outsider_named\n",
        {
            "outsider_named.py": "KEY = 'other'\ndef scores(candidates):\n    return {}\n",
        },
    )

    with pytest.raises(BrokenCriterion, match="'other'"):
        find_criterion("outsider-named")


def test_a_criterion_nobody_declared_is_answered_with_the_known_ones():
    with pytest.raises(
        UnknownKey, match=r"known: (.*, )?initial-magnitude, (.*, )?magnitude, (.*, )?random"
    ):
        find_criterion("gradient")


def test_every_recipe_prunes_by_a_criterion_that_exists():
    recipes = [method for method in find_methods().values() if isinstance(method, Recipe)]
    cuts = [
        resolve(r, p.table).cut for r in recipes if r.prune for p in shipped_protocols().values()
    ]

    assert len(cuts) > 2
    assert {cut.criterion for cut in cuts} <= set(criterion_modules())


def test_finding_methods_and_criteria_imports_no_heavy_library():
    code = """
        import sys
        from baselines.registry import find_methods
        from iunet.criteria import criterion_modules
        find_methods(), criterion_modules()
        heavy = {"torch", "xgboost", "pytorch_tabnet", "sklearn", "pandas"} & set(sys.modules)
        raise SystemExit(f"imported {sorted(heavy)}" if heavy else 0)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr

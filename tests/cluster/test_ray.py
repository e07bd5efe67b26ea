"""Runs on a Ray cluster are those made here, and whatever dies, no finished run is lost."""

import os
import shutil
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="needs Ray: pip install 'iunet-bench[ray]'")

FOLDER = Path(__file__).parent
PATHS = [str(FOLDER), str(FOLDER.parent), str(FOLDER.parent / "run"), os.environ.get("PYTHONPATH")]
sys.path[:0] = PATHS[:3]

from ray_toys import fragile, made_on, planned  # noqa: E402
from toy_bench import Toys  # noqa: E402

from bench.datasets.load import load_dataset  # noqa: E402
from bench.errors import UsageError  # noqa: E402
from bench.run.cohort import group  # noqa: E402
from bench.run.engine import Order, made_apart  # noqa: E402
from bench.run.execute import run_jobs  # noqa: E402
from bench.run.fit import Options  # noqa: E402
from bench.store.store import Store  # noqa: E402

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]  # Ray's own


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Two nodes with a core each; writing a line to its stdin kills one."""
    places = {"PYTHONPATH": os.pathsep.join(filter(None, PATHS)), "RAY_USAGE_STATS_ENABLED": "0"}
    places["BENCH_CACHE_DIR"] = str(tmp_path_factory.mktemp("node"))
    script, environment = FOLDER / "two_nodes.py", os.environ | places
    with subprocess.Popen(
        [sys.executable, script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
        start_new_session=True,
    ) as process:
        try:
            process.address = process.stdout.readline().strip()
            assert process.address
            yield process
        finally:
            process.stdin.close()
            try:
                process.wait(20)
            finally:
                os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None


@pytest.fixture
def toys(tmp_path):
    return Toys(tmp_path / "made.txt", 0.1)


def results(folder):
    return {record.run_id: record.result for record in Store(folder / "results").records()}


def fits(folder):
    path = folder / "made.txt"
    return path.read_text().splitlines() if path.exists() else []


def driver(cluster, folder):
    """A driver in a process of its own, with six runs in two cohorts; what it says is in told."""
    words = [sys.executable, FOLDER / "ray_toys.py", cluster.address, folder]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, PATHS))}
    with (folder / "told").open("a") as told:
        pipes = {"stdout": subprocess.PIPE, "stderr": told}
        return subprocess.Popen(words, env=environment, text=True, **pipes)


def told(folder):
    return (folder / "told").read_text()


def working(folder):
    """Processes that have made runs and live."""
    numbers = [path.name.partition("-")[2] for path in folder.glob("process-*")]
    return [number for number in numbers if Path("/proc", number).exists()]


def wait_until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.02)


def test_runs_of_a_cluster_are_those_made_here_and_its_searches_go_on(cluster, toys, tmp_path):
    here, there, out = tmp_path / "here", tmp_path / "there", StringIO()
    jobs = planned(toys, methods=("tree", "broken", "tuned"), seeds=(1, 2))
    local = run_jobs(jobs, Store(here / "results"), Options(cache=here / "cache"))
    trials = {path.relative_to(here): path for path in here.glob("results/trials/*/*.json")}
    for name, path in list(trials.items())[::2]:
        (there / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, there / name)
    before = len(fits(tmp_path))

    outcome = made_on(cluster.address, there, jobs, out=out)

    assert results(there) == results(here) != {}
    assert {*outcome.done} == {*local.done}
    assert {one.title for one in outcome.failed} == {one.title for one in local.failed}
    assert len(outcome.failed) == out.getvalue().count("failed: ") == 4
    assert {path.relative_to(there) for path in there.glob("results/trials/*/*")} == {*trials}
    assert 0 < len(fits(tmp_path)) - before < before, "finished trials were made again"
    for run_id in results(here):
        ours, theirs = (Store(one / "results").predictions(run_id) for one in (here, there))
        assert (ours.test.scores == theirs.test.scores).all()


def test_a_task_that_no_node_can_ever_satisfy_is_refused_at_once(cluster, toys, tmp_path):
    with pytest.raises(UsageError, match=r"takes 64 cores.*at most 1 core.*with -j"):
        made_on(cluster.address, tmp_path, planned(toys), workers=64)
    assert fits(tmp_path) == []


def test_a_machine_with_other_code_refuses_to_make_runs(toys, tmp_path):
    cohort = group(planned(toys, ("iris",)))[0]
    order = Order(cohort, Options(cache=tmp_path), "0123456789abcdef", "here", {})
    loaded = load_dataset(cohort.dataset, cohort.preparation)
    with pytest.raises(UsageError, match=r"node-7 has other code .*install the same iunet-bench"):
        next(made_apart(order, loaded, "node-7"))


def test_where_no_cluster_answers_one_line_says_so(toys, tmp_path):
    with pytest.raises(UsageError, match=r"no cluster at address '127.0.0.1:1'.*ray start --head"):
        made_on("127.0.0.1:1", tmp_path, planned(toys))


def test_a_killed_worker_gets_twice_the_memory_once(cluster, toys, tmp_path):
    once, twice, out = fragile(tmp_path / "once", 1), fragile(tmp_path / "twice", 2), StringIO()
    jobs = [*planned(toys, ("iris",), extra=(once,)), *planned(toys, ("wine",), extra=(twice,))]

    outcome = made_on(cluster.address, tmp_path, jobs, out=out)

    assert out.getvalue().count("its worker was killed; sent again, for 1 core, 6.0 GiB") == 2
    assert {(one.dataset, one.method, one.seed) for one in outcome.failed} == {
        ("wine", "fragile", 1),
        ("wine", "fragile", 2),
    }
    assert len(outcome.done) == len(results(tmp_path)) == len(jobs) - 2
    every = [fits(tmp_path), fits(tmp_path / "once"), fits(tmp_path / "twice")]
    assert sum(map(len, every)) == len(outcome.done), "finished runs were made again"


def test_a_killed_driver_and_a_stopped_one_lose_nothing_and_leave_no_task(cluster, tmp_path):
    first = driver(cluster, tmp_path)
    wait_until(lambda: len(results(tmp_path)) == 2)
    first.kill()
    first.communicate()
    wait_until(lambda: not working(tmp_path))
    (tmp_path / "1").touch()
    assert len(fits(tmp_path)) == 2

    second = driver(cluster, tmp_path)
    wait_until(lambda: len(results(tmp_path)) == 4)
    second.send_signal(signal.SIGTERM)
    assert second.stdout.readline().startswith("stopping when the running epoch or fit ends")
    (tmp_path / "2").touch()
    out, _ = second.communicate(timeout=60)

    assert second.returncode == 130 and "raylet" not in out + told(tmp_path)
    wait_until(lambda: not working(tmp_path))
    assert int(out.split()[0]) == len(results(tmp_path)) - 2
    assert len(fits(tmp_path)) <= 6, "finished runs were made again"


def test_what_two_drivers_have_on_a_node_that_dies_is_made_once_on_another(cluster, tmp_path):
    drivers = driver(cluster, tmp_path), driver(cluster, tmp_path)
    wait_until(lambda: len(results(tmp_path)) == 2)
    cluster.stdin.write("\n")
    cluster.stdin.flush()
    wait_until(lambda: "its node died; sent again" in told(tmp_path))
    for seed in ("1", "2"):
        (tmp_path / seed).touch()

    ended = [one.communicate(timeout=60)[0] for one in drivers]

    assert [one.returncode for one in drivers] == [0, 0]
    assert sum(int(out.split()[0]) for out in ended) == len(results(tmp_path)) == 6
    assert len(fits(tmp_path)) == 6, "a finished run was made again"
    assert "raylet" not in told(tmp_path) + "".join(ended)

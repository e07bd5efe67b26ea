"""How long commands that train nothing take, from start to exit."""

import os
import subprocess
import sys

import pytest

from iunet.declare.protocol import shipped_protocols

COMMANDS = {
    "bench --help, goal 0.3 s": ["--help"],
    "whole plan, goal 2 s": ["plan", "--json", *(f"--protocol={p}" for p in shipped_protocols())],
    "table5 --no-run, goal 3 s": ["table5", "--no-run"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_command(name, benchmark, tmp_path):
    environment = os.environ | {"BENCH_RESULTS_DIR": str(tmp_path)}

    def run():
        command = [sys.executable, "-m", "bench", *COMMANDS[name]]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode in (0, 4), done.stderr

    benchmark.pedantic(run, rounds=5, warmup_rounds=1)

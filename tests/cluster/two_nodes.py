"""A Ray cluster of two nodes with a core each, on this machine, for as long as stdin is open.

Prints its address. A line on stdin kills the second node, as if its machine had lost power.
"""

import sys

from ray.cluster_utils import Cluster

NODE = {"num_cpus": 1, "memory": 8 * 2**30, "object_store_memory": 80 * 2**20}

SOON = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 300}
HEAD = NODE | {"include_dashboard": False, "_system_config": SOON}

cluster = Cluster(initialize_head=True, head_node_args=HEAD)
try:
    second = cluster.add_node(**NODE)
    print(cluster.address, flush=True)
    for _ in sys.stdin:
        cluster.remove_node(second, allow_graceful=False)
finally:
    cluster.shutdown()

"""The runs of datasets and columns, planned for tests, and the ids of others."""

from bench.plan.identity import ids_by_seed, json_types
from bench.plan.plan import Place, each_once, plan_cells
from bench.plan.query import Query, conditions_of
from iunet.declare.protocol import default_protocol


def planned_jobs(
    datasets, columns, protocol="", budget="full", seeds=(), at=(), searched=False, planner=None
):
    """Every dataset with every (net, method), in this order."""
    conditions = conditions_of(
        Query(protocol=protocol or default_protocol(), budget=budget, seeds=tuple(seeds or ()))
    )
    places = [Place(dataset, *column, tuple(at)) for dataset in datasets for column in columns]
    cells = plan_cells(places, conditions, searched=searched, planner=planner)
    return each_once(job for jobs in cells.values() for job in jobs)


def run_id(identity, *added):
    """The id of a run from what decides its result."""
    return ids_by_seed(json_types(identity), *added)(identity["seed"])

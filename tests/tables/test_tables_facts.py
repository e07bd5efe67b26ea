"""The facts that the consistency tables show are those that runs measure."""

import numpy as np
import pytest

from bench.declared.tables import read_table
from iunet.architectures import find_net
from iunet.declare.data import PictureData, Pictures, Rows
from iunet.declare.protocol import default_protocol, find_protocol, shipped_protocols
from iunet.declare.settings import Start
from iunet.measure.consistency import Agreement
from iunet.measure.operations import picture_facts
from iunet.nets.network import fresh_statistics
from iunet.nets.snapshot import Snapshot
from iunet.nets.start import initial_weights

CONSISTENCY = ("table3", "table6", "table6-random", "table6-trained")


@pytest.fixture(scope="module")
def measured():
    """Names of the facts that a net of pictures measures."""
    import torch

    ones = np.ones(3, np.float32)
    pictures = np.zeros((4, 3, 32, 32), np.uint8)
    y = np.arange(4)
    data = PictureData(
        Pictures(pictures, y), Rows(pictures.astype(np.float32), y), 4, 0 * ones, ones
    )
    net = find_net("cnn").build(data.n_features, 4, Start("torch-default", 8, alpha=1))
    weights = initial_weights(net.layout, "torch-default", 1).unsqueeze(0)
    state = Snapshot(weights, fresh_statistics(net, 1, torch.float32))
    rule = find_protocol(default_protocol()).vision.consistency
    return set(picture_facts(net, data, rule, 1, before=state, initial=state, after=state))


@pytest.mark.parametrize("name", CONSISTENCY)
def test_every_fact_of_a_row_of_pictures_is_measured(name, measured):
    spec = read_table(name)
    rows = [row for row in spec.rows if row.part == "vision"]
    facts = [
        fact(metric, row)
        for fact in (spec.fact, spec.collapse_fact)
        for row in rows
        for metric in spec.metrics
    ]

    assert rows and set(facts) <= measured


@pytest.mark.parametrize(("name", "state"), [("table3", "restart"), ("table6-trained", "trained")])
def test_every_fact_of_a_row_of_a_table_has_the_name_of_a_measurement(name, state):
    spec = read_table(name)
    (row,) = [row for row in spec.rows if row.part == "tabular"]
    fields = {f"{state}_{field}" for field in Agreement._fields}

    assert {spec.fact(metric, row) for metric in spec.metrics} >= fields
    assert spec.collapse_fact(spec.metric, row) in fields


@pytest.mark.parametrize("name", CONSISTENCY)
def test_the_number_of_pictures_that_are_looked_at_is_told(name):
    for protocol in shipped_protocols().values():
        told = f"the first {protocol.vision.consistency.pictures:,} validation"
        assert any(told in note for note in read_table(name).notes)

"""Made-up arrays of the shape that runs keep for figures."""

import numpy as np

PICTURE = 3 * 32 * 32


def made_up_histogram(epochs=3):
    """Every epoch moves ten of a hundred weights from the first bin into the next."""
    counts = np.zeros((epochs + 1, 32), dtype=np.int64)
    for epoch in range(epochs + 1):
        counts[epoch, 0], counts[epoch, 1] = 100 - 10 * epoch, 10 * epoch
    return {"histogram": counts, "histogram_edges": np.linspace(0, 0.32, 33)}


def made_up_layer(units=6, inputs=PICTURE, seed=0):
    """|weights| of units, as bytes."""
    draw = np.random.default_rng(seed)
    return {"first_layer": draw.integers(0, 256, (units, inputs), dtype=np.uint8)}

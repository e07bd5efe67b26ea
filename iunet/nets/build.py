"""Networks by key."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from iunet.declare.contract import UnknownKey
from iunet.nets.mlp import Mlp


def mlp_tab(n_features: int, n_classes: int, encoder_layers: int) -> Mlp:
    """MLP_TAB: nine hidden layers of 512."""
    return Mlp(n_features, (512,) * 9, n_classes, encoder_layers)


NETS: Mapping[str, Callable[[int, int, int], Mlp]] = {"mlp-tab": mlp_tab}


def build_net(key: str, n_features: int, n_classes: int, encoder_layers: int) -> Mlp:
    """The network of this key for D features and K classes.

    Raises:
        UnknownKey: no such network.
    """
    if key not in NETS:
        raise UnknownKey(f"no net called {key!r}; known: {', '.join(sorted(NETS))}")
    return NETS[key](n_features, n_classes, encoder_layers)

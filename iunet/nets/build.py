"""Networks by key."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from iunet.declare.contract import UnknownKey
from iunet.declare.settings import Start
from iunet.nets.cnn import Cnn
from iunet.nets.convolution import CHANNELS, SIDE
from iunet.nets.mlp import Mlp
from iunet.nets.network import Network
from iunet.nets.regularised import RegularisedMlp
from iunet.nets.resnet import ResNet18


def mlp_tab(n_features: int, n_classes: int, start: Start) -> Mlp | RegularisedMlp:
    """MLP_TAB: nine hidden layers of 512; those of a regularised one have a structure."""
    if start.structure is not None:
        return RegularisedMlp(n_features, (512,) * 9, n_classes, start.structure)
    return Mlp(n_features, (512,) * 9, n_classes, start.encoder_layers)


def mlp_vis(n_features: int, n_classes: int, start: Start) -> Mlp:
    """MLP_VIS: as many units in a layer as CNN has values there, then a hidden layer of 64 alpha.

    Source: arXiv 2309.08171, appendix; the widths are those of Neyshabur 2020.
    """
    alpha = _alpha(start)
    widths = tuple(alpha * SIDE**2 // shrunk for shrunk in (1, 2, 2, 4, 4, 8, 8, 16))
    hidden = (*widths, 64 * alpha)
    return Mlp(n_features, hidden, n_classes, start.encoder_layers, pictures=True)


def cnn(n_features: int, n_classes: int, start: Start) -> Cnn:
    """CNN: eight convolutions and a hidden linear layer."""
    _check_pictures("cnn", n_features)
    return Cnn(_alpha(start), n_classes, start.encoder_layers)


def resnet(n_features: int, n_classes: int, start: Start) -> ResNet18:
    """RESNET: ResNet-18, whose width and encoder are fixed."""
    _check_pictures("resnet", n_features)
    return ResNet18(n_classes)


NETS: Mapping[str, Callable[[int, int, Start], Network]] = {
    "mlp-tab": mlp_tab,
    "mlp-vis": mlp_vis,
    "cnn": cnn,
    "resnet": resnet,
}


def build_net(key: str, n_features: int, n_classes: int, start: Start) -> Network:
    """The network of this key for D features, or values of a picture, and K classes.

    Raises:
        UnknownKey: no such network.
        ValueError: it has no such width factor, or takes pictures of another size.
    """
    if key not in NETS:
        raise UnknownKey(f"no net called {key!r}; known: {', '.join(sorted(NETS))}")
    return NETS[key](n_features, n_classes, start)


def _alpha(start: Start) -> int:
    if start.alpha is None or start.alpha < 1:
        raise ValueError(
            f"the width factor alpha is at least 1, not {start.alpha}; set it in the protocol"
        )
    return start.alpha


def _check_pictures(key: str, n_values: int) -> None:
    if n_values != CHANNELS * SIDE**2:
        raise ValueError(
            f"{key} takes pictures of {CHANNELS} x {SIDE} x {SIDE} = {CHANNELS * SIDE**2:,} "
            f"values, not {n_values:,}; take a net for tables"
        )

"""How large the networks are, in closed form, for plans that must not build them."""

from __future__ import annotations

from dataclasses import dataclass

from iunet.declare.settings import Start

PICTURE = 32**2
"""Pixels of a picture."""
SHRUNK = (1, 2, 2, 4, 4, 8, 8, 16)
"""By what the values of CNN's layers, and the units of MLP_VIS, fall below alpha a pixel."""
CHANNELS = (1, 2, 2, 4, 4, 8, 8, 16)
"""Channels of CNN's convolutions in multiples of alpha."""
RESNET_ENCODER, RESNET_WIDTH, RESNET_VALUES = 11_176_512, 512, 50_688
"""Of ResNet-18 on pictures of 32 x 32: parameters but the last layer's, its inputs, values."""


@dataclass(frozen=True)
class Size:
    """Parameters of a network, and values that one row or picture becomes in its hidden layers."""

    parameters: int
    values: int


def size_of(net: str, n_features: int, n_classes: int, start: Start) -> Size | None:
    """The size of a network for D features or values of a picture and K classes; None if unknown.

    Every hidden layer has weights, biases and the two parameters of its batch norm.
    """
    alpha = start.alpha or 1
    units = tuple(alpha * PICTURE // shrunk for shrunk in SHRUNK)
    hidden = 64 * alpha
    match net:
        case "mlp-tab":
            return _perceptron(n_features, _mlp_tab(start), n_classes)
        case "mlp-vis":
            return _perceptron(n_features, (*units, hidden), n_classes)
        case "cnn":
            channels = (3, *(alpha * factor for factor in CHANNELS))
            pairs = zip(channels, channels[1:], strict=False)
            convolutions = sum(n_out * (9 * n_in + 3) for n_in, n_out in pairs)
            rest = _perceptron(hidden, (hidden,), n_classes)
            return Size(convolutions + rest.parameters, sum(units) + rest.values)
        case "resnet":
            head = n_classes * (RESNET_WIDTH + 1)
            return Size(RESNET_ENCODER + head, RESNET_VALUES)
    return None


def _mlp_tab(start: Start) -> tuple[int, ...]:
    """Hidden widths; two branches count as two layers each, all with batch norm."""
    doubled = start.structure is not None and start.structure.branches == "shake-shake"
    return (512,) * (17 if doubled else 9)


def _perceptron(n_features: int, hidden: tuple[int, ...], n_classes: int) -> Size:
    fans = (n_features, *hidden[:-1])
    layers = sum(width * (fan_in + 3) for fan_in, width in zip(fans, hidden, strict=True))
    return Size(layers + n_classes * (hidden[-1] + 1), sum(hidden))

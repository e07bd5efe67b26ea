"""Networks, one `NET` a file: what it takes, its size rule, and how it is built from `iunet.nets`.

Finding them imports no torch. Other packages advertise theirs under `iunet_bench.nets`.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module

from iunet.declare.net import Kind, Net
from iunet.walk import by_key, look_up, walk

GROUP = "iunet_bench.nets"


class BrokenNet(Exception):
    """A network's file that cannot be used; the message names the module."""


def find_nets() -> dict[str, Net]:
    """Every network by key: of this package, and of what is advertised under `iunet_bench.nets`, a
    package to walk or a single module.

    Raises:
        BrokenNet: a module that cannot be imported or has no NET, or a key two modules use.
    """
    return _found(tuple(sys.path))


def find_net(key: str) -> Net:
    """The network of this key.

    Raises:
        UnknownKey: nobody declared it; the message lists the known ones.
    """
    return look_up("net", key, find_nets())


def nets_for(kind: Kind) -> tuple[str, ...]:
    """Keys of the networks that take this, first the one recipes run on where none is named."""
    nets = [net for net in find_nets().values() if net.takes == kind]
    return tuple(net.key for net in sorted(nets, key=lambda net: (not net.usual, net.key)))


@cache
def _found(path: tuple[str, ...]) -> dict[str, Net]:
    """Of this search path; read once, since a plan asks for every job."""
    nets = ((module, _declared_in(module)) for module in walk(__name__, GROUP, BrokenNet))
    return by_key("nets", ((net.key, module, net) for module, net in nets), BrokenNet)


def _declared_in(module: str) -> Net:
    try:
        net = getattr(import_module(module), "NET", None)
    except ImportError as error:
        raise BrokenNet(f"{module} cannot be imported: {error}") from error
    if not isinstance(net, Net):
        raise BrokenNet(f"{module} has no NET that is a Net")
    return net

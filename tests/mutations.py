"""Hostile values, and files of JSON and TOML with one of them in place of a sound one."""

import json
import math
import re
from copy import deepcopy

DIGITS, DEEP, WIDE, INFINITE = "@digits@", "@deep@", "@wide@", "@infinite@"
LITERAL = {
    f'"{DIGITS}"': "9" * 5000,
    f'"{DEEP}"': "[" * 5000 + "]" * 5000,
    f'"{WIDE}"': "1" + "0" * 400,
    f'"{INFINITE}"': "1e999",
}
"""What stands in a JSON file for what no Python object is written as."""

VALUES = (
    *(None, True, False, 0, -1, 1, 1.5, 1e308, -1e-308, math.nan, math.inf, -math.inf),
    *("", "x", "x" * 5000, "\0", "a\nb", "\x1b[31m", "../../../etc/passwd", "/dev/zero", "\ud800"),
    *([], {}, [[]], [None], {"": None}, [0] * 1000, DIGITS, DEEP, WIDE, INFINITE),
)
"""Values in place of a sound one."""

TOKENS = (
    *("nan", "inf", "-inf", "-1", "0", "-0.5", "1e308", "1e999", "1e-320", "true", '""', "[]"),
    *("{}", "[nan]", "[[]]", "[0, 0]", "[-1]", '["a"]', "1979-05-27", '"x\\ny"', '"\\u001b[31m"'),
    *(
        "9" * 5000,
        "1" + "0" * 400,
        "[" * 2000 + "]" * 2000,
        "{a=" * 600 + "1" + "}" * 600,
        "0x",
        "=",
    ),
)
"""The same in TOML."""


def noise(content, draw):
    """Bytes with something done to them that disks, transfers and people do."""
    at = draw.randrange(len(content) + 1)
    kind = draw.randrange(8)
    if kind == 0:
        return content[:at]
    if kind == 1:
        return bytes(len(content))
    if kind == 2:
        return content + content
    if kind == 3:
        return content[:at] + draw.randbytes(draw.choice((1, 4, 64))) + content[at:]
    if kind == 4:
        return b"\xef\xbb\xbf" + content
    if kind == 5:
        return b"[" * 100_000
    changed = bytearray(content)
    for _ in range(1 if kind == 6 else 20):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def json_mutated(value, draw):
    """The bytes of a JSON file of this content with one or two things wrong."""
    if draw.random() < 0.15:
        return noise(json.dumps(value).encode(), draw)
    value = json.loads(json.dumps(value))
    for _ in range(draw.choice((1, 1, 2))):
        value = _change(value, draw)
    text = json.dumps(value)
    for name, literal in LITERAL.items():
        text = text.replace(name, literal)
    return text.encode()


def toml_mutated(text, draw):
    """The bytes of a TOML file with one value, line or byte changed."""
    kind = draw.random()
    if kind < 0.15:
        return noise(text.encode(), draw)
    lines = text.splitlines()
    at = draw.randrange(len(lines))
    if kind < 0.25:
        lines[at : at + 1] = draw.choice(([], [lines[at]] * 2, [lines[at], "unknown = 1"]))
        return "\n".join(lines).encode()
    values = list(re.finditer(r'(?<=[=,\[])\s*("[^"]*"|[-+.\w]+|\[[^\[\]]*\])', text))
    chosen = draw.choice(values)
    new = f" {draw.choice(TOKENS)}"
    return (text[: chosen.start()] + new + text[chosen.end() :]).encode()


def _change(value, draw):
    """The value with one part replaced, removed, doubled or renamed."""
    if not isinstance(value, dict | list) or not value or draw.random() < 0.05:
        return deepcopy(draw.choice(VALUES))
    at = draw.choice(list(value) if isinstance(value, dict) else range(len(value)))
    part = value[at]
    if isinstance(part, dict | list) and part and draw.random() < 0.75:
        value[at] = _change(part, draw)
        return value
    kind = draw.random()
    if kind < 0.7:
        value[at] = deepcopy(draw.choice(VALUES))
    elif kind < 0.85:
        del value[at]
    elif isinstance(value, dict):
        value[draw.choice(("", "x", "a\nb", "x" * 5000))] = part
    else:
        value.insert(0, part)
    return value

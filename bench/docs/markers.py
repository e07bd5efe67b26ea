"""What stands between the markers of a page, `<!-- NAME WORD... -->` and `<!-- end -->`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bench.errors import BenchError


def filled(page: str, name: str, fill: Callable[[Sequence[str]], str]) -> str:
    """The page with everything between markers of this name made anew.

    Args:
        fill: what to write, from the words of a marker after its name.

    Raises:
        BenchError: the page has no such markers.
    """
    between = re.compile(rf"(<!-- {name}((?: \S+)*) -->\n).*?^(<!-- end -->)$", re.DOTALL | re.M)

    def anew(found: re.Match[str]) -> str:
        start, words, end = found.groups()
        return f"{start}{fill(words.split())}\n{end}"

    page, count = between.subn(anew, page)
    if not count:
        raise BenchError(f"the page has no <!-- {name} --> followed by <!-- end -->")
    return page

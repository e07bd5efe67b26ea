"""Content against the catalogue: a wrong number is worse than none."""

from __future__ import annotations

from bench.datasets.catalogue import Dataset, TabularDataset
from bench.datasets.errors import DataMismatch
from bench.datasets.table import Table

SHARE_TOLERANCE = 0.5e-4 + 1e-9
"""Shares are printed in percent with two decimals."""


def check_table(dataset: TabularDataset, table: Table, mend: str) -> str:
    """Compare rows, features, classes, shares and, where it is known, the content.

    Args:
        dataset: what the catalogue has.
        table: what was read.
        mend: the next step, ending the message.

    Returns:
        The digest of the content.

    Raises:
        DataMismatch: names the first difference and both numbers.
    """
    for what, own, known in _counts(dataset, table):
        if own != known:
            raise DataMismatch(
                f"{dataset.key}: {own:,} {what}, the catalogue has {known:,}{_origin(dataset)}; "
                f"the file is damaged or another version. {mend}"
            )
    _check_shares(dataset, table, mend)
    digest = table.digest()
    check_content(dataset, digest, mend)
    return digest


def check_content(dataset: Dataset, digest: str, mend: str) -> None:
    """Compare the digest of the canonical content with the pinned one, if there is one."""
    if dataset.content is not None and digest != dataset.content:
        raise DataMismatch(
            f"{dataset.key}: content {digest[:12]}, the catalogue has {dataset.content[:12]}"
            f"{_origin(dataset)}; values, classes or their order differ. {mend}"
        )


def _counts(dataset: TabularDataset, table: Table) -> list[tuple[str, int, int]]:
    pairs: list[tuple[str, int, int | None]] = [
        ("rows", table.rows, dataset.rows),
        ("features", len(table.columns), dataset.features),
        ("classes", len(table.classes), dataset.classes),
    ]
    return [(what, own, known) for what, own, known in pairs if known is not None]


def _check_shares(dataset: TabularDataset, table: Table, mend: str) -> None:
    names = ("largest", "smallest")
    known = (dataset.majority, dataset.minority)
    for name, own, share in zip(names, table.shares(), known, strict=True):
        if abs(own - share) > SHARE_TOLERANCE:
            raise DataMismatch(
                f"{dataset.key}: the {name} class has {100 * own:.2f} % of the rows, the catalogue "
                f"has {100 * share:.2f} %{_origin(dataset)}; the file is another version. {mend}"
            )


def _origin(dataset: Dataset) -> str:
    if isinstance(dataset, TabularDataset) and dataset.dataset_id is not None:
        return f" (OpenML {dataset.dataset_id})"
    return ""

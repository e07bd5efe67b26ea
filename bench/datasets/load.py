"""From a key and a protocol to what a method is given, and the test rows it never sees."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from bench.datasets.catalogue import TabularDataset, find_dataset
from bench.datasets.encode import fit_encoder
from bench.datasets.places import Places
from bench.datasets.preparation import TablePreparation, data_id
from bench.datasets.sources import read_dataset
from bench.datasets.splits import Parts, split_rows
from bench.datasets.table import Table
from iunet.declare.data import FitData, Rows
from iunet.declare.protocol import TableSplit


@dataclass(frozen=True)
class TableCounts:
    """What Table 8 counts, of the data as loaded; features are without the target."""

    rows: int
    features: int
    n_train: int
    n_valid: int
    n_test: int
    classes: int
    majority: float
    minority: float


@dataclass(frozen=True)
class LoadedTable:
    """A dataset split and preprocessed as a protocol says.

    Args:
        key: of the catalogue.
        fit: encoded training and validation rows.
        test: encoded test rows.
        digest: of the canonical content.
        data_id: 16 hex digits; differs if content, split or preprocessing differ.
        counts: for Table 8.
        notes: what was handled specially, such as a class too small to stratify.
    """

    key: str
    fit: FitData
    test: Rows
    digest: str
    data_id: str
    counts: TableCounts
    notes: tuple[str, ...] = ()


def load_table(
    key: str, preparation: TablePreparation, *, places: Places | None = None
) -> LoadedTable:
    """Load, check, split and preprocess a table.

    Args:
        key: of the catalogue.
        preparation: split and preprocessing.
        places: where to look; what the environment says if None.

    Raises:
        UsageError: no such table.
        DataMissing: it is not at hand; the message says how to get it.
        DataDamaged, DataMismatch: it is not what the catalogue has.
    """
    dataset = find_dataset(key)
    table, digest = read_dataset(dataset, places or Places.from_environment())
    return prepare_table(dataset, table, digest, preparation)


def prepare_table(
    dataset: TabularDataset, table: Table, digest: str, preparation: TablePreparation
) -> LoadedTable:
    """Split and preprocess the content of a dataset, which has this digest."""
    parts = split_rows(table.y, preparation.split, table.classes)
    settings = {
        "split": asdict(preparation.split),
        "preprocessing": asdict(preparation.preprocessing),
    }
    encoder = fit_encoder(table, parts.train, preparation.preprocessing)
    fit = FitData(
        train=Rows(encoder(parts.train), table.y[parts.train]),
        valid=Rows(encoder(parts.valid), table.y[parts.valid]),
        n_classes=len(table.classes),
        groups=encoder.groups,
        categorical=encoder.categorical,
    )
    return LoadedTable(
        key=dataset.key,
        fit=fit,
        test=Rows(encoder(parts.test), table.y[parts.test]),
        digest=digest,
        data_id=data_id(dataset.key, dataset.data_revision, digest, settings),
        counts=_counts(table, parts),
        notes=(*parts.notes, *encoder.notes),
    )


def table_counts(key: str, split: TableSplit, *, places: Places | None = None) -> TableCounts:
    """The counts of Table 8 from the loaded data, without preprocessing it.

    Raises:
        UsageError, DataMissing, DataDamaged, DataMismatch: as load_table.
    """
    table, _ = read_dataset(find_dataset(key), places or Places.from_environment())
    return _counts(table, split_rows(table.y, split, table.classes))


def _counts(table: Table, parts: Parts) -> TableCounts:
    majority, minority = table.shares()
    return TableCounts(
        rows=table.rows,
        features=len(table.columns),
        n_train=len(parts.train),
        n_valid=len(parts.valid),
        n_test=len(parts.test),
        classes=len(table.classes),
        majority=majority,
        minority=minority,
    )

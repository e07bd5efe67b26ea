"""Scores on pictures: share of right answers, or mean over batches of unequal size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.audit.finding import Finding, counted, likely, sure_of
from bench.audit.fit import BATCH, BATCHES, PLAIN, POOLED, Tally, Trial, tally
from bench.audit.printed import PrintedTable
from bench.audit.spreads import DDOFS, RUNS, std_passing
from bench.judge.dataset_facts import Facts

KEY = "batches"


def check(tables: Sequence[PrintedTable], facts: Mapping[str, Facts]) -> list[Finding]:
    """One finding a table for numbers no plain accuracy gives, one if batch means explain all."""
    found = []
    for table in tables:
        cells = [c for c in table.cells if c.dataset in facts and facts[c.dataset].pictures]
        if table.kind == "scores" and cells:
            plain, batches = (tally(cells, facts, metric, RUNS) for metric in (PLAIN, BATCHES))
            found += [*_impossible(table, plain, facts), *_explained(table, plain, batches, facts)]
    return found


def _impossible(table: PrintedTable, plain: Tally, facts: Mapping[str, Facts]) -> list[Finding]:
    if not plain.failing:
        return []
    shown = "; ".join(
        f"{cell.place.row} {cell.place.column} {cell.text}" for cell in plain.failing[:3]
    )
    return [
        Finding(
            id=f"{KEY}/{table.key}/impossible",
            check=KEY,
            headline=(
                f"If scores are means of three runs on all test pictures, {len(plain.failing)} of "
                f"{counted(len(plain.tested), 'number')} cannot be plain accuracy"
            ),
            arithmetic=(
                f"{_grid(plain, facts)} Between the steps lie {shown}"
                f"{'; …' if len(plain.failing) > 3 else ''}."
            ),
            sure="certain",
            cells=tuple(cell.place for cell in plain.failing),
            details=plain.lines(),
        )
    ]


def _explained(
    table: PrintedTable, plain: Tally, batches: Tally, facts: Mapping[str, Facts]
) -> list[Finding]:
    """Silent where plain accuracy fits, or where batch means do not."""
    sharp = batches.sharp(POOLED)
    if not plain.failing or batches.failing or not sharp:
        return []
    rests = sorted({facts[one.cell.dataset].test % BATCH for one in sharp})
    chance = batches.chance(POOLED)
    return [
        Finding(
            id=f"{KEY}/{table.key}/explained",
            check=KEY,
            headline=(
                f"{batches.score(POOLED)} numbers can be means over batches, of which the last, of "
                f"{' or '.join(map(str, rests))} pictures, counts like one of {BATCH}"
            ),
            arithmetic=_passes(batches, facts),
            sure=sure_of(chance),
            cells=tuple(one.cell.place for one in sharp),
            chance=chance,
            details=batches.lines(),
        )
    ]


def _passes(batches: Tally, facts: Mapping[str, Facts]) -> str:
    """How sharp the test is, what the spreads say, and where it says nothing."""
    sharp = batches.sharp(POOLED)
    blunt = [one for one in batches.tested if one not in sharp]
    rows = ", ".join(dict.fromkeys(one.cell.place.row for one in blunt))
    weak = f" On {rows} the test says nothing, since nearly every number passes." if blunt else ""
    return (
        f"By chance a number passes a test with {likely(max(one.chance for one in sharp))}, and "
        f"all {len(sharp)} pass with {likely(batches.chance(POOLED))}. With their spread, "
        f"{_spreads(sharp, facts)}."
        f"{weak}"
    )


def _spreads(sharp: Sequence[Trial], facts: Mapping[str, Facts]) -> str:
    """How many fit with their spread by either convention, and how many would by chance."""
    said = []
    for ddof, name in zip(DDOFS, ("population", "sample"), strict=True):
        fits = sum(one.std_fits[ddof] for one in sharp if one.std_fits)
        chances = [
            std_passing(parts, one.cell.std, ddof, one.cell.decimals)
            for one in sharp
            if one.cell.std and (parts := BATCHES.parts(facts[one.cell.dataset]))
        ]
        said.append(f"{fits} fit as {name} standard deviation ({sum(chances):.1f} by chance)")
    return " and ".join(said)


def _grid(plain: Tally, facts: Mapping[str, Facts]) -> str:
    sizes = sorted({facts[one.cell.dataset].test for one in plain.tested})
    steps = [f"{100 / (RUNS * rows):.5f} points for {rows:,} pictures" for rows in sizes]
    return f"Means of three runs move in steps of {', '.join(steps)}."

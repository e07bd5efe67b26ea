"""From records to cells and verdicts: select, collect, judge, rank."""

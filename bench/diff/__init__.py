"""Own numbers against those of the paper: cell by cell, column by column, and in their order."""

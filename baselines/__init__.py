"""Every other column: one file per method, further pruning criteria, and where all are found."""

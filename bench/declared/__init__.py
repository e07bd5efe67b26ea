"""What tables are declared to hold: rows, columns, metrics, and the numbers as printed."""

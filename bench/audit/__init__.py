"""What the printed numbers say about themselves: arithmetic on tables, nothing is trained."""

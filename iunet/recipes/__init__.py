"""Our own columns, one recipe a file."""

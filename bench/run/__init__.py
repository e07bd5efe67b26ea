"""Making the runs that are missing."""

"""Further pruning criteria, one `scores` function a file (entry point `iunet_bench.criteria`)."""

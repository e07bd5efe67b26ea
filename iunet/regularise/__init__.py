"""One regulariser a file; see `iunet.declare.regulariser` for what each kind may do."""

"""Drawing collected figures with matplotlib; imported only when something is drawn."""

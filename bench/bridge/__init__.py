"""From one protocol to another, one step at a time: what each difference does to every column."""

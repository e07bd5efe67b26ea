"""From tables or a selection to the distinct runs they need. Imports no torch."""

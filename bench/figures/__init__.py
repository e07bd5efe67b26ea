"""Figures: declared like tables, collected from the store, drawn with matplotlib."""

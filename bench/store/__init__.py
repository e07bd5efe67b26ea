"""Keeping results: one record a run, failures apart, the shipped reference read-only."""

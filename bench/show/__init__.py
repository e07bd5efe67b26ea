"""Table specs, printed numbers, and the rendering of collected tables."""

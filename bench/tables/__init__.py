"""From cells and counts to sheets, and sheets to Markdown, LaTeX, CSV and the terminal."""

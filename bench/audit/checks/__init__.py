"""One check a file: printed tables and facts about the datasets in, findings out."""

"""What runs, as data: settings, recipes, protocols, the contract of a method. Imports no torch."""

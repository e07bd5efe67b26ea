"""One page for everything: own numbers beside printed ones, what they come from, what they say."""

"""Own records against a reference: did a change break anything? Nothing is trained."""

"""What the paper claims, as statements that numbers can support or contradict."""

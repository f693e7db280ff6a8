"""The extracellular matrix: what cells do to it, and it to them."""

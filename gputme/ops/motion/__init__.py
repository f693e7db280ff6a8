"""How cells walk, push and pull."""

"""The basement membrane: it holds cells on their side, and they wear it."""

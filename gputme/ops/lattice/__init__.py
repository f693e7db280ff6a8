"""Cells on a lattice, after Franssen: MMP-2 and matrix, where cells would go, and who does."""

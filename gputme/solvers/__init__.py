"""Solvers of one step that take several launches: fields on grids."""

"""What cells do to each other: events between two cells, each at its own time."""

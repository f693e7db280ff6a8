"""What cells sense, and what rules make of it."""

"""How cells grow, divide, are damaged and die."""

"""Who is attached to whom, and the springs between them."""

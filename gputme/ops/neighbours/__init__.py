"""Who is near whom: bins, their order, and contacts."""

"""What cells give to substrates and take from them, and how it is spread over voxels."""

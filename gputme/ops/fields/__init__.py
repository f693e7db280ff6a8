"""Reaction-diffusion of substrates: implicit steps, multigrid, split sweeps."""

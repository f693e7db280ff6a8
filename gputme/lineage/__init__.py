"""What the genealogy of a run tells: ancestors, clones, trees, who seeded which organ, and biopsies."""

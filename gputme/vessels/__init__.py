"""Blood vessels: a graph of nodes and segments, the blood that flows in it, and what passes its walls."""

"""gputme beside its peers: the same spheroid in every program, in alternation, on one machine.

`work` says what is computed, a program's script (`with_*.py`, run by the interpreter of that program's environment)
computes it, `oxygen` says how far its field is from the steady state, and `rows` takes medians of ratios.
"""

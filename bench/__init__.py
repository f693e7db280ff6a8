"""How fast gputme is: `python -m bench ops|scenes|scaling|registers`. See README.md in this folder."""

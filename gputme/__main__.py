"""`python -m gputme` is the command `gputme`."""

from gputme.cli import main

if __name__ == "__main__":
    main()

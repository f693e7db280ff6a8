"""The command `gputme`, also as `python -m gputme`. Ctrl-C is one line at any time, also while libraries load."""

import os
import signal


def main():
    """Run the command line until the process ends."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is ignored, as for background jobs
        signal.signal(signal.SIGINT, _stop)
    # NumPy's linear algebra is not used, and where its threads find no memory it sends this process a SIGINT
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from gputme.cli import main as command  # what takes time

    command()


def _stop(number, frame):
    """End at once. A run has a handler of its own meanwhile; everything else is safe to leave at any point.

    An exception would not do: libraries that are being imported catch it, or report it as a fault of theirs.
    """
    try:
        os.write(2, b"\nInterrupted.\n")
    finally:
        os._exit(128 + number)


if __name__ == "__main__":
    main()

"""Python and the kernels count alike."""

from __future__ import annotations

from gputme.backends.source import kernel_folder
from gputme.numbering import header


def test_the_kernels_numbers_are_those_of_the_tables():
    """Written anew by `python -m gputme.numbering`."""
    assert (kernel_folder() / "numbers.h").read_text() == header()

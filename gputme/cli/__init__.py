"""The command line. Every command imports what it needs when it runs, so that `--help` answers at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from gputme.cli import checking, looking, running, writing
from gputme.cli.speech import complain
from gputme.errors import GputmeError

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="gputme", prog_name="gputme")
def gputme() -> None:
    """Simulate the tumour microenvironment, on a GPU or a laptop.

    `gputme run` starts the default scenario; `gputme scenarios` lists the others.
    """


for command in (
    running.run, running.resume, looking.info, writing.pack, checking.check, looking.scenarios, writing.new,
    writing.schema, looking.devices,
):  # fmt: skip
    gputme.add_command(command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit: 0 done, 1 an error while running, 2 wrong input, 129, 130 and 143 signals."""
    try:
        code = gputme.main(arguments, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except click.Abort:  # Ctrl-C outside a run
        code = 130
    except GputmeError as error:
        complain(str(error))
        code = error.exit_code
    except MemoryError:
        complain("there is not enough memory for this; `gputme check SCENARIO` prints how much it takes")
        code = 1
    sys.exit(code or 0)

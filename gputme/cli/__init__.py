"""The command line. Every command imports what it needs when it runs, so that `--help` answers at once."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

import click

from gputme.cli import checking, drawing, filming, lineage, looking, paging, running, writing
from gputme.cli.speech import complain
from gputme.errors import ExitCode, GputmeError

__all__ = ["main"]

STARVED = re.compile(  # how libraries, the loader and Python itself say that memory gave out
    "(?i)out of memory|cannot allocate|can't allocate|unable to allocate|failed to map segment"
    "|start new thread|without exception set"
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="gputme", prog_name="gputme")
def gputme() -> None:
    """Simulate the tumour microenvironment, on a GPU or a laptop.

    `gputme run` starts the default scenario; `gputme scenarios` lists the others.
    """


for command in (
    running.run, running.resume, looking.info, drawing.plot, filming.film, lineage.lineage, paging.report,
    writing.pack, checking.check, looking.scenarios, looking.library, writing.new, writing.schema, looking.devices,
):  # fmt: skip
    gputme.add_command(command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit with one of ``gputme.errors.ExitCode``."""
    _mend_environment()
    code: int | None
    try:
        code = gputme.main(arguments, standalone_mode=False)
    except click.ClickException as error:
        with suppress(OSError):  # nobody reads
            error.show()
        code = ExitCode.WRONG_INPUT
    except click.Abort:  # Ctrl-C outside a run
        code = ExitCode.INTERRUPTED
    except GputmeError as error:
        complain(str(error))
        code = error.exit_code
    except MemoryError as error:
        why = f" ({error})" if str(error) else ""
        complain(f"there is not enough memory for this{why}; `gputme check SCENARIO` prints how much it takes")
        code = ExitCode.FAILED
    except Exception as error:
        code = _unexpected(error)
    sys.exit(int(code or 0))


def _unexpected(error: Exception) -> ExitCode:
    """Say what the system refused; what is a fault of the program itself is raised again."""
    chain: list[BaseException] = [error]
    while (inner := chain[-1].__cause__ or chain[-1].__context__) and inner not in chain:
        chain.append(inner)
    if any(isinstance(e, MemoryError) or STARVED.search(str(e)) for e in chain):
        complain("there is not enough memory for this; `gputme check SCENARIO` prints how much it takes")
    elif isinstance(error, OSError):  # what nobody expected of a disk or a stream
        complain(f"the system refused: {error}")
    else:
        raise error
    return ExitCode.FAILED


def _mend_environment() -> None:
    """Take away what makes libraries fail, or talk, that are only asked for arrays and pictures."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # a home that cannot be written does not matter here
    if not os.environ.get("SOURCE_DATE_EPOCH", "0").isdecimal():
        del os.environ["SOURCE_DATE_EPOCH"]

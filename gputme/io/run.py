"""A run on disk is a folder of sealed frames with `run.h5` beside them:

    RUN/frames/000012.vtkhdf    one sealed HDF5 file per frame
    RUN/run.h5                  scenario, versions, time series, links to the frames
    RUN/cells.vtkhdf            all frames as one time series for ParaView; fields.vtkhdf likewise
    RUN/scenario.toml           the scenario again, to read and to run anew
    RUN/inputs/                 tables that the scenario names
    RUN/set-aside/              frames that a resumed run has replaced
    RUN/lock                    while a process writes

`RunFolder` writes it, `Run` reads it, `pack` folds it into one file.
"""

from gputme.io.pack import pack
from gputme.io.place import next_run_path
from gputme.io.reader import Run
from gputme.io.writer import RunFolder

__all__ = ["Run", "RunFolder", "next_run_path", "pack"]

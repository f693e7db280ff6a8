"""Runs on disk: HDF5 snapshots written behind the running step, read lazily, packed and exported.

    RUN/frames/000012.vtkhdf    one sealed HDF5 file per frame
    RUN/run.h5                  scenario, versions, time series, links to the frames
    RUN/cells.vtkhdf            all frames as one time series for ParaView; fields.vtkhdf and
                               vessels.vtkhdf likewise
    RUN/scenario.toml           the scenario again, to read and to run anew
    RUN/inputs/                 tables that the scenario names
    RUN/set-aside/              frames that a resumed run has replaced
    RUN/lock                    while a process writes

`RunFolder` writes it, `Run` reads it, `pack` folds it into one file; `Frame` is what they exchange. Only this package
imports h5py.
"""

from gputme.lazy import on_first_use

__all__ = ["Column", "Frame", "Run", "RunFolder", "next_run_path", "pack", "read_frame", "write_frame"]

__getattr__ = on_first_use(
    __name__,
    {
        "gputme.io.frame": ("Column", "Frame"),
        "gputme.io.fetching": ("read_frame",),
        "gputme.io.storing": ("write_frame",),
        "gputme.io.reader": ("Run",),
        "gputme.io.writer": ("RunFolder",),
        "gputme.io.place": ("next_run_path",),
        "gputme.io.packing": ("pack",),
    },
)

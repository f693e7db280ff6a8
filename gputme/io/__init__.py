"""Runs on disk: HDF5 snapshots written behind the running step, read lazily, packed and exported.

`RunFolder` writes, `Run` reads, `Frame` is what both exchange. Only this package imports h5py.
"""

from gputme.io.fetching import read_frame
from gputme.io.frame import Column, Frame
from gputme.io.run import Run, RunFolder, next_run_path, pack
from gputme.io.storing import write_frame

__all__ = ["Column", "Frame", "Run", "RunFolder", "next_run_path", "pack", "read_frame", "write_frame"]

"""One file to hand on: everything of a run folder in a single HDF5 file."""

import os
from pathlib import Path

import h5py

from gputme.errors import RequestError, RunError
from gputme.io import hdf, inputs, seal
from gputme.io.atomic import PARTIAL, Folder, reason, remove_quietly
from gputme.io.frame import FORMAT as FRAME_FORMAT
from gputme.io.gate import opened
from gputme.io.reader import Run
from gputme.io.summary import ENDING, FRAMES, frame_name, store_summary


def pack(run_path: Path | str, out: Path | str | None = None) -> Path:
    """Fold the run folder `run_path` into one HDF5 file (default: RUN.h5 beside it); return its path.

    Chunks are copied as they are, not compressed again. `Run` reads the file like the folder. `RunError` when
    a frame cannot be read, the file exists, or it does not fit; then no file is left.
    """
    run = Run(run_path)
    if run.packed:
        raise RequestError(f"{run.path}: is packed already")
    if run.problems:
        raise RunError(f"{run.problems[0]}; nothing was packed")
    out = Path(out) if out else run.path.parent / f"{run.path.resolve().name}.h5"
    if out.exists():
        raise RequestError(f"{out}: the file exists; choose another name or remove it")
    partial = out.with_name(f".{out.name}.{os.getpid()}{PARTIAL}")
    try:
        _reserve(partial, run)
        with h5py.File(partial, "w", track_order=True) as file, hdf.Packer() as packer:
            _fill(file, packer, run)
            packer.store_sums(file)
        with partial.open("r+b") as done:
            seal.append(done)
            done.flush()
            os.fsync(done.fileno())
        os.replace(partial, out)
        with Folder.at(out.parent) as above:
            above.sync()
    except OSError as error:
        remove_quietly(partial)
        raise RunError(f"{out}: could not be written: {reason(error)}") from error
    except BaseException:
        remove_quietly(partial)
        raise
    return out


def _reserve(partial: Path, run: Run) -> None:
    """Make sure that the file will fit: libhdf5 does not survive a disk that fills while it writes."""
    size = 1 << 20
    for path in (run.path / FRAMES, run.path / inputs.FOLDER):
        size += sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    remove_quietly(partial)
    with partial.open("xb") as file:  # a link of this name is not followed
        os.posix_fallocate(file.fileno(), 0, size + size // 20)


def _fill(file: h5py.File, packer: hdf.Packer, run: Run) -> None:
    store_summary(file, packer, run.summary)
    frames = hdf.group_in(file, FRAMES)
    for entry in run.entries:
        name = frame_name(entry.index)
        path = run.path / FRAMES / name
        with opened(path, "frame", FRAME_FORMAT) as frame:
            frame.verify()
            copied = frame.copy(frames, name.removesuffix(ENDING))
            hdf.note(copied, "id", frame.id)
    inputs.store(packer, hdf.group_in(file, inputs.FOLDER), run.extra_files)

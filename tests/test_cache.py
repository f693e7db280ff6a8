"""Compiled kernels that are kept: only what is ours and whole is loaded, and what fails is said in a sentence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from conftest import needs

from gputme import backends
from gputme.backends import cache as caching
from gputme.backends import compiler, native
from gputme.backends.cache import cache, keep, whole
from gputme.errors import BackendError

KERNELS = ("slope", "convert")  # enough to tell, and quick to compile


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A cache of its own, and kernels few enough to be compiled often: (folder, a function that makes a backend)."""
    needs("native")
    table = {name: native.TABLE[name] for name in KERNELS}
    monkeypatch.setattr(native, "TABLE", table)
    monkeypatch.setattr(native, "_FLAGS", [*native._FLAGS, "-O0"])
    monkeypatch.setenv("GPUTME_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(caching.tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    said = []

    def make():
        said.clear()
        native.NativeBackend(threads=1, notify=said.append)
        return "\n".join(said)

    return tmp_path / "cache" / "gputme", make


def libraries(folder):
    return sorted(folder.glob("*.so"))


def test_kernels_are_compiled_once_and_nothing_else_is_left(kept):
    folder, make = kept
    assert "compiling 3 kernels" in make()
    assert make() == ""
    assert len(libraries(folder)) == 3
    assert {p.name for p in folder.iterdir()} - {p.name for p in libraries(folder)} <= {"lock", "zig"}
    assert all(p.stat().st_mode & 0o777 == 0o600 for p in libraries(folder))


@pytest.mark.parametrize("harm", ["cut", "empty", "flipped", "other", "link"])
def test_a_damaged_library_is_compiled_anew(kept, tmp_path, harm):
    folder, make = kept
    make()
    path = libraries(folder)[0]
    data = path.read_bytes()
    if harm in ("cut", "empty", "flipped"):
        path.unlink()  # the old one is still loaded here
    if harm == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif harm == "empty":
        path.write_bytes(b"")
    elif harm == "flipped":
        path.write_bytes(data[:500] + bytes([data[500] ^ 1]) + data[501:])
    elif harm == "other":  # writable by others, who may have changed it and its digest
        path.chmod(0o666)
    elif harm == "link":
        path.rename(tmp_path / "elsewhere.so")
        path.symlink_to(tmp_path / "elsewhere.so")
    assert "compiling 1 kernels" in (said := make())
    assert "1 that were kept" in said
    assert whole(path)
    assert make() == ""


def test_a_folder_that_others_may_write_is_not_used(kept, tmp_path):
    folder, make = kept
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    said = make()
    assert f"{folder} can be written by others" in said
    assert libraries(folder) == []
    elsewhere = tmp_path / "tmp" / f"gputme-{os.getuid()}"
    assert len(libraries(elsewhere)) == 3
    assert elsewhere.stat().st_mode & 0o777 == 0o700


def test_where_no_folder_serves_kernels_live_as_long_as_their_loading(kept, tmp_path):
    folder, make = kept
    folder.parent.mkdir()
    folder.write_text("in the way")
    (tmp_path / "tmp" / f"gputme-{os.getuid()}").write_text("in the way, too")
    assert "cannot be written (File exists)" in make()
    assert {p.name for p in (tmp_path / "tmp").iterdir()} == {f"gputme-{os.getuid()}"}


def test_a_folder_of_another_user_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("GPUTME_CACHE", str(tmp_path))
    monkeypatch.setattr(caching.tempfile, "tempdir", str(tmp_path))
    (tmp_path / "gputme").mkdir()
    real = os.getuid()
    monkeypatch.setattr(caching.os, "getuid", lambda: real + 1)
    assert caching._fault(tmp_path / "gputme") == f"{tmp_path / 'gputme'} belongs to another user"


def test_without_a_home_nothing_is_written_to_a_folder_called_tilde(tmp_path, monkeypatch):
    monkeypatch.setattr(caching.os.path, "expanduser", lambda text: text)  # as it is for a number without a name
    for name in ("GPUTME_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(caching.tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with cache() as place:
        assert place.folder == tmp_path / f"gputme-{os.getuid()}"
    assert not (tmp_path / "~").exists()


def test_a_kept_file_is_whole_and_any_changed_byte_shows(tmp_path):
    (tmp_path / "a.so").write_bytes(bytes(range(256)))
    keep(tmp_path / "a.so", path := tmp_path / "kept.so")
    assert whole(path)
    data = path.read_bytes()
    for place in range(0, len(data), 7):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :])
        assert not whole(path), place
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        assert not whole(path), length


def test_killed_compilations_leave_nothing_that_grows(kept, tmp_path):
    folder, make = kept
    slow = tmp_path / "slow"
    real = compiler.find_compiler().command
    slow.write_text(f"#!/bin/sh\ncase \"$*\" in *-shared*) sleep 60;; esac\nexec {' '.join(real)} \"$@\"\n")
    slow.chmod(0o755)
    code = "from gputme.backends.native import NativeBackend; NativeBackend()"
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-c", code], env={**os.environ, "CXX": str(slow)}, start_new_session=True
        )
        while not list(folder.glob("building-*/*.cpp")):
            assert process.poll() is None
            time.sleep(0.02)
        assert len(list(folder.glob("building-*"))) == 1  # that of the one killed before is gone
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    make()
    assert list(folder.glob("building-*")) == []


FALSE = {
    "true": "#!/bin/sh\nexit 0\n",
    "echo": '#!/bin/sh\necho "$@"\n',
    "fails": "#!/bin/sh\nexit 1\n",
    "binary": "\x7fELF",
}


@pytest.mark.parametrize("name", [*FALSE, "absent", "quote", "folder"])
def test_what_is_no_compiler_is_passed_over_with_a_sentence(kept, tmp_path, monkeypatch, name):
    _, make = kept
    false = tmp_path / name
    if name in FALSE:
        false.write_text(FALSE[name])
        false.chmod(0o755)
    elif name == "folder":
        false.mkdir()
    monkeypatch.setenv("CXX", f"{false} 'open" if name == "quote" else str(false))
    assert "is no C++ compiler that answers" in make()


ENDS = ("exit 0", "echo 'fatal error: no' >&2; exit 1", 'touch "$out"', 'echo text > "$out"')


@pytest.mark.parametrize("end", ENDS)
def test_a_compiler_that_answers_and_fails_is_passed_over_and_the_next_one_serves(kept, tmp_path, monkeypatch, end):
    _, make = kept
    real = " ".join(compiler.find_compiler().command)
    false = tmp_path / "false-compiler"
    find = 'for a; do [ "$last" = -o ] && out=$a; last=$a; done'
    false.write_text(f'#!/bin/sh\n{find}\ncase "$*" in *-shared*) {end}; exit;; esac\nexec {real} "$@"\n')
    false.chmod(0o755)
    monkeypatch.setenv("CXX", str(false))
    said = make()
    assert "; trying " in said
    assert all(len(line) < 400 for line in said.splitlines())
    monkeypatch.setattr(compiler, "find_compiler", lambda: next(compiler.compilers()))
    monkeypatch.setattr(native, "compilers", lambda notify: [compiler.find_compiler()])
    told = []
    assert backends.create("auto", notify=told.append).backend.name == "numpy"  # never an error unless asked for
    assert "computing with NumPy" in told[-1]
    with pytest.raises(BackendError):
        backends.create("native")


def test_an_odd_date_in_the_environment_does_not_stop_the_compiler(kept, monkeypatch):
    folder, make = kept
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    make()
    assert len(libraries(folder)) == 3


def test_source_and_library_lie_where_they_are_removed(kept, tmp_path):
    _, make = kept
    make()
    assert list((tmp_path / "tmp").iterdir()) == []

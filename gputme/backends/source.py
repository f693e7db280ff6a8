"""Find, read and parse the kernels: one ``.cu`` file, one kernel, one signature written once.

Kernels lie in one folder per subject and are found by their name; headers are named from ``kernels/`` on.

A kernel's signature is the only place where its arguments are declared::

    TME_KERNEL push(
        i64 n,            // cells
        IN(real) v,       // [n] um/min, velocity
        INOUT(real) x)    // [n] um, position

``IN``/``OUT``/``INOUT`` say the direction, the comment opens with the least number of elements (an expression of
the scalar arguments). ``MANY(real) column,  // [columns][n]`` are several such arrays, read and written, of which the
kernel takes a table of addresses and Python a list. The binder checks every launch against this.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np

__all__ = ["Kernel", "Param", "kernel_folder", "kernel_names", "read_kernel"]

_DTYPES = {
    "u8": np.uint8, "i32": np.int32, "u32": np.uint32, "i64": np.int64, "u64": np.uint64, "f64": np.float64,
}  # fmt: skip
_ARRAY = re.compile(r"(IN|OUT|INOUT)\((\w+)\)\s+(\w+)$")
_MANY = re.compile(r"MANY\((\w+)\)\s+(\w+)$")
_SCALAR = re.compile(r"(\w+)\s+(\w+)$")
_LOOPS = re.compile(r"TME_(FOR|ROWS|LINES)\(([^)]*)\)")


def kernel_folder() -> Path:
    """The folder of ``.cu`` files: inside an installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_kernels", package.parent / "kernels"):
        if (folder / "tme.h").is_file():
            return folder
    raise FileNotFoundError(f"the kernels are missing: neither {package}/_kernels nor {package.parent}/kernels exists")


@dataclass(frozen=True)
class Param:
    """One parameter: its C type, and for arrays the direction and the least size (an expression)."""

    name: str
    ctype: str
    intent: str | None  # None: a scalar
    size: str | None
    count: str | None = None  # of several arrays, how many at least

    @property
    def is_array(self) -> bool:
        return self.intent is not None

    def dtype(self, real: type) -> np.dtype:
        """NumPy dtype; ``real`` is the precision's float type."""
        return np.dtype(real if self.ctype == "real" else _DTYPES[self.ctype])


@dataclass(frozen=True)
class Kernel:
    """A parsed kernel: name, parameters in order, complete source with headers inlined, loop extent."""

    name: str
    params: tuple[Param, ...]
    source: str
    extent: str  # how many independent indices, an expression of the scalar arguments
    lines: bool  # blocked line sweep (TME_LINES)

    @cached_property
    def arrays(self) -> tuple[Param, ...]:
        return tuple(p for p in self.params if p.is_array)

    @cached_property
    def scalars(self) -> tuple[Param, ...]:
        return tuple(p for p in self.params if not p.is_array)

    def compile_expression(self, text: str):
        """A function of the scalar arguments (as a dict) from an expression in a signature."""
        names = {p.name for p in self.scalars}
        if not set(re.findall(r"[A-Za-z_]\w*", text)) <= names | {"max"}:
            raise ValueError(f"kernels/{self.name}.cu: '{text}' uses a name that is no scalar argument")
        body = re.sub(r"([A-Za-z_]\w*)", lambda m: "max" if m[1] == "max" else f"a['{m[1]}']", text)
        return eval(f"lambda a: {body}")  # our own kernels' text, restricted to the names above

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.source.encode()).hexdigest()[:16]


def kernel_names() -> set[str]:
    """The names of all kernels there are."""
    return {path.stem for path in kernel_folder().glob("*/*.cu")}


def _inline(path: Path, folder: Path, seen: set[str]) -> str:
    """The file with each local header put in place once (CuPy's cache key does not see included files)."""
    out = []
    for line in path.read_text().splitlines():
        match = re.match(r'#include "([\w./]+)"', line)
        if not match:
            out.append(line)
        elif match[1] not in seen:
            seen.add(match[1])
            out.append(_inline(folder / match[1], folder, seen))
    return "\n".join(out)


def _parse_params(name: str, text: str) -> tuple[Param, ...]:
    params = []
    # A comment belongs to the parameter before it, whether the comma stands before or after the comment.
    for part in re.findall(r"([^,/]+(?:\([^)]*\)[^,/]*)?)(?:,)?[ \t]*(?://([^\n]*))?", text):
        declaration, comment = part[0].strip(), part[1].strip()
        if not declaration:
            continue
        if match := _ARRAY.match(declaration):
            size = re.match(r"\[([^\]]+)\]", comment)
            if not size:
                raise ValueError(f"kernels/{name}.cu: the comment of '{match[3]}' must open with its size, as // [n]")
            params.append(Param(match[3], match[2], match[1].lower(), size[1]))
        elif match := _MANY.match(declaration):
            size = re.match(r"\[([^\]]+)\]\[([^\]]+)\]", comment)
            if not size:
                raise ValueError(f"kernels/{name}.cu: the comment of '{match[2]}' must open with its sizes: // [m][n]")
            params.append(Param(match[2], match[1], "inout", size[2], size[1]))
        elif match := _SCALAR.match(declaration):
            params.append(Param(match[2], match[1], None, None))
        else:
            raise ValueError(f"kernels/{name}.cu: cannot read the parameter '{declaration}'")
    return tuple(params)


@cache
def read_kernel(name: str) -> Kernel:
    """Read and parse ``kernels/<subject>/<name>.cu``."""
    folder = kernel_folder()
    path = next(folder.glob(f"*/{name}.cu"), None)
    if not path:
        raise FileNotFoundError(f"there is no kernel {name}.cu in the folders of {folder}")
    source = _inline(path, folder, set())
    start = re.search(rf"TME_KERNEL\s+{name}\s*\(", source)
    if not start:
        raise ValueError(f"kernels/{name}.cu has no 'TME_KERNEL {name}(...)'")
    body = source.index("{", start.end())
    signature = source[start.end() : body].rstrip()
    close = re.search(r"\)\s*(//[^\n]*)?$", signature).start()  # the last parameter's comment may follow the bracket
    params = _parse_params(name, signature[:close] + " " + signature[close + 1 :])
    loop = _LOOPS.search(source, body)
    if not loop:
        raise ValueError(f"kernels/{name}.cu has no loop macro")
    args = [a.strip() for a in loop[2].split(",")]
    extent = f"({args[1]}) * ({args[2]})" if loop[1] == "ROWS" else args[1]
    return Kernel(name, params, source, extent, loop[1] == "LINES")

"""RawModule: the very source, with the macros of its CUDA branch, compiled for this CPU; threads run one by one.

What stands between ``__CUDACC_RTC__`` and the host branch is executed here and nowhere else without a GPU. Arguments
are packed as CuPy packs them (NumPy scalars by their dtype, Python ints as long long, floats as double, arrays by
pointer) and compared with the parameters that the compiler saw.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from cupy._array import ndarray
from cupy._memory import holding
from cupy._seen import seen

ORDER = os.environ.get("STANDIN_ORDER", "forward")  # forward, reverse or random: threads have no order
FAULT = os.environ.get("STANDIN_FAULT", "")  # "compile", "compile NAME", "load": what fails, and "import"
WORKERS = os.environ.get("STANDIN_WORKERS", "1")  # 2, under the thread sanitizer: races between GPU threads
FLAGS = os.environ.get("STANDIN_FLAGS", "-O2").split()
KNOWN = ("--std=c++17", "-std=c++17", "--fmad=false", "-fmad=false", "--prec-div=true", "--prec-sqrt=true", "-ftz=true")

HEAD = "#include <cmath>\n#include <utility>\n#include <xmmintrin.h>\n"  # larger ones take longer than the kernels
TWO = """#include <thread>
extern "C" void __tsan_volatile_read8(void*) {}
"""  # a plain look at a number that others raise by atomics is no race: what is missed is looked at again

PRELUDE = r"""
#define __CUDACC_RTC__ 1
#define __global__
#define __device__
#define __forceinline__ inline __attribute__((always_inline))
struct standin_dim { unsigned x, y, z; };
static thread_local standin_dim blockIdx, threadIdx, gridDim, blockDim;
static inline unsigned long long atomicAdd(unsigned long long* p, unsigned long long v) {
    return __atomic_fetch_add(p, v, __ATOMIC_RELAXED);
}
template <class T> static inline T atomicMax(T* p, T v) {
    T seen = __atomic_load_n(p, __ATOMIC_RELAXED);
    while (seen < v && !__atomic_compare_exchange_n(p, &seen, v, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
    return seen;
}
static inline long long __double_as_longlong(double x) { long long b; __builtin_memcpy(&b, &x, 8); return b; }
static inline double __longlong_as_double(long long b) { double x; __builtin_memcpy(&x, &b, 8); return x; }
static inline int __ffs(int x) { return __builtin_ffs(x); }
"""

CALL = r"""
#include <type_traits>
template <class T> constexpr char standin_kind() {
    return std::is_pointer<T>::value          ? 't'
           : std::is_floating_point<T>::value ? 'f'
           : std::is_unsigned<T>::value       ? 'u'
                                              : 'i';
}
template <class T> void standin_say(char*& s) {
    if (std::is_pointer<T>::value) {
        typedef typename std::remove_pointer<T>::type E;
        *s++ = std::is_const<E>::value ? 'c' : 'p';
        typedef typename std::remove_cv<E>::type V;
        *s++ = standin_kind<V>(); *s++ = '0' + sizeof(V);
    } else { *s++ = 's'; *s++ = standin_kind<T>(); *s++ = '0' + sizeof(T); }
}
template <class... A> void standin_signature(void (*)(A...), char* s) { (standin_say<A>(s), ...); *s = 0; }
template <class... A, size_t... I> inline void standin_apply(void (*f)(A...), void** a, std::index_sequence<I...>) {
    f(*(typename std::remove_cv<A>::type*)a[I]...);
}
template <class... A> void standin_share(void (*f)(A...), void** a, unsigned grid, unsigned block, long long step,
                                      long long first, int worker, int workers) {
    unsigned old = _mm_getcsr();
    _mm_setcsr(old | 0x8040);  // -ftz=true
    gridDim = {grid, 1, 1}; blockDim = {block, 1, 1};
    long long n = (long long)grid * block, t = first;
    for (long long k = 0; k < n; k++, t = (t + step) % n) {
        if (t % workers != worker) continue;
        blockIdx = {(unsigned)(t / block), 0, 0}; threadIdx = {(unsigned)(t % block), 0, 0};
        standin_apply(f, a, std::index_sequence_for<A...>{});
    }
    _mm_setcsr(old);
}
template <class... A> void standin_run(void (*f)(A...), void** a, unsigned grid, unsigned block, long long step,
                                    long long first) {
#if STANDIN_WORKERS == 1
    standin_share(f, a, grid, block, step, first, 0, 1);
#else
    std::thread other([=] { standin_share(f, a, grid, block, step, first, 1, 2); });  // neighbours on two threads
    standin_share(f, a, grid, block, step, first, 0, 2);
    other.join();
#endif
}
extern "C" void standin_signature_of(char* s) { standin_signature(&NAME, s); }
extern "C" void standin_launch(void** a, unsigned grid, unsigned block, long long step, long long first) {
    standin_run(&NAME, a, grid, block, step, first);
}
"""


class CompileException(Exception):
    pass


def _cache() -> Path:
    base = os.environ.get("GPUTME_CACHE") or os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = Path(base) / "cupy-standin"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _build(code: str, name: str, defines: tuple[str, ...]) -> Path:
    call = CALL.replace("NAME", name).replace("STANDIN_WORKERS", WORKERS)
    source = HEAD + (TWO if WORKERS == "2" else "") + PRELUDE + code + call
    flags = ["-std=c++17", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-w", *FLAGS,
             *defines]  # fmt: skip
    path = _cache() / f"{name}-{hashlib.sha256(chr(10).join([source, *flags]).encode()).hexdigest()[:20]}.so"
    if not path.exists():
        with open(path.parent / "lock", "w") as lock, tempfile.TemporaryDirectory(dir=path.parent) as folder:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if path.exists():  # another process was at it
                return path
            cpp, so = Path(folder) / f"{name}.cpp", Path(folder) / f"{name}.so"
            cpp.write_text(source)
            command = [os.environ.get("CXX", "g++"), *flags, "-shared", "-fPIC", "-o", str(so), str(cpp)]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                raise CompileException(done.stderr[-4000:])
            os.replace(so, path)
    return path


class RawKernel:
    def __init__(self, code: str, name: str, options: tuple = ()):
        self.name = self.__name__ = name
        library = ctypes.CDLL(str(_build(code, name, tuple(o for o in options if o.startswith("-D")))))
        text = ctypes.create_string_buffer(4096)
        library.standin_signature_of(text)
        raw = text.value.decode()
        self.parameters = [raw[k : k + 3] for k in range(0, len(raw), 3)]
        self._launch = library.standin_launch
        self._launch.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint, ctypes.c_longlong, ctypes.c_longlong]
        self._launch.restype = None

    def __call__(self, grid, block, args, **kwargs) -> None:
        if kwargs:
            raise TypeError(f"stand-in: {kwargs}")
        if not (type(grid) is type(block) is type(args) is tuple):
            raise TypeError("grid, block and args must be tuples")
        for size, most in ((grid, 2**31 - 1), (block, 1024)):
            if len(size) != 1 or not isinstance(size[0], int) or not 1 <= size[0] <= most:
                raise ValueError(f"{self.name}: invalid configuration {grid} {block}")
        if len(args) != len(self.parameters):
            wanted = len(self.parameters)
            raise TypeError(f"{self.name} takes {wanted} arguments, got {len(args)}: CUDA reads past them")
        keep, pointers = [], (ctypes.c_void_p * len(args))()
        for k, (value, wanted) in enumerate(zip(args, self.parameters)):
            packed = self._pack(k, value, wanted)
            keep.append(packed)
            pointers[k] = packed.ctypes.data
        arrays = [(k, a) for k, a in enumerate(args) if isinstance(a, ndarray)]
        tables = {k: self._pointed(k, a) for k, a in arrays if self.parameters[k][1] == "t"}
        self._no_alias(arrays)
        n = grid[0] * block[0]
        step, first = 1, 0
        if ORDER == "reverse":
            step, first = n - 1, n - 1
        elif ORDER == "random":
            step = next(s for s in range(int(n * 0.618) | 1, 2 * n + 3) if np.gcd(s, n) == 1) % n or 1
            first = n // 3
        before = [a._a.tobytes() if self.parameters[k][0] == "c" and a.size < 4096 else None for k, a in arrays]
        self._launch(pointers, grid[0], block[0], step, first)
        for (k, a), old in zip(arrays, before):
            if not a._memory.whole():
                raise RuntimeError(f"{self.name}: argument {k} was written outside its allocation")
            if old is not None and a._a.tobytes() != old:
                raise RuntimeError(f"{self.name}: argument {k} is const and was written")
        for k, memories in tables.items():
            if not all(memory.whole() for memory in memories):
                raise RuntimeError(f"{self.name}: an array of argument {k} was written outside its allocation")
        seen.launches[self.name] += 1
        seen.threads[self.name] += n

    def _pack(self, k: int, value, wanted: str) -> np.ndarray:
        """The bytes CuPy hands over; refused where the kernel would read others."""
        if isinstance(value, ndarray):
            if wanted[0] == "s":
                raise TypeError(f"{self.name}: argument {k} is an array, the kernel wants a scalar")
            kind = "i" if wanted[1] == "t" else wanted[1]  # a table of addresses
            if value.dtype.itemsize != int(wanted[2]) or _kind(value.dtype) != kind:
                raise TypeError(f"{self.name}: argument {k} is {value.dtype}, the kernel reads {wanted}")
            if not value._a.flags.c_contiguous:
                raise TypeError(f"{self.name}: argument {k} is not contiguous: a raw kernel ignores strides")
            if value.data.ptr % value.itemsize:
                raise RuntimeError(f"{self.name}: argument {k} is misaligned (cudaErrorMisalignedAddress)")
            return np.array([value.data.ptr], np.uint64)
        if isinstance(value, np.ndarray):
            if value.size != 1:
                raise TypeError("You are trying to pass a numpy.ndarray as a kernel parameter.")
            scalar = value
        elif type(value) in (int, float, bool):
            scalar = np.array(value)  # long long, double, bool
        elif isinstance(value, np.generic):
            scalar = np.asarray(value)
        else:
            raise TypeError(f"Unsupported type {type(value)}")
        if wanted[0] != "s" or scalar.dtype.itemsize != int(wanted[2]) or _kind(scalar.dtype) != wanted[1]:
            raise TypeError(f"{self.name}: argument {k} is passed as {scalar.dtype}, the kernel reads {wanted}")
        return np.ascontiguousarray(scalar).reshape(1)

    def _pointed(self, k: int, table: ndarray) -> list:
        """The allocations that a table of addresses points into."""
        memories = [holding(int(address)) for address in table._a]
        if None in memories:
            raise RuntimeError(f"{self.name}: argument {k} points to memory that nobody has (cudaErrorIllegalAddress)")
        return memories

    def _no_alias(self, arrays: list) -> None:
        """``__restrict__``: what is written through one pointer may not be seen through another."""
        for k, a in arrays:
            if self.parameters[k][0] != "p":
                continue
            for j, b in arrays:
                if j != k and a.size and b.size and np.shares_memory(a._a, b._a):
                    raise RuntimeError(f"{self.name}: arguments {k} (written) and {j} share memory, but are restrict")


def _kind(dtype: np.dtype) -> str:
    return {"b": "u", "u": "u", "i": "i", "f": "f"}[dtype.kind]


class RawModule:
    def __init__(self, *, code: str | None = None, path: str | None = None, options: tuple = ()):
        if (code is None) == (path is None):
            raise TypeError("Exactly one of `code` and `path` keyword arguments must be given.")
        if type(options) is not tuple or type(code) is not str:
            raise TypeError("options must be a tuple, code a str")
        for option in options:
            if option not in KNOWN and not option.startswith("-D"):
                raise CompileException(f"nvrtc: error: invalid value or unknown option {option!r} (to the stand-in)")
        self.code, self.options = code, options

    def get_function(self, name: str) -> RawKernel:
        if FAULT == "compile" or f"compile {name}" == FAULT:
            raise CompileException("catastrophic error: cannot open source file \"cuda_fp16.h\"")
        if FAULT == "load":
            raise RuntimeError("CUDA_ERROR_NO_BINARY_FOR_GPU: no kernel image is available for execution on the device")
        return RawKernel(self.code, name, self.options)

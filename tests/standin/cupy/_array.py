"""An ndarray that behaves as CuPy 14's: device memory that the host cannot touch except through ``get``.

Every rule below names what CuPy 14.2's source does.
"""

from __future__ import annotations

import numpy as np

from cupy._index import Indexed
from cupy._memory import Flags, Memory, Pointer, dtype_of
from cupy._seen import seen, where


class ndarray(Indexed):
    __array_priority__ = 100
    __hash__ = None

    def __init__(self, shape, dtype=float):
        shape = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
        dtype = dtype_of(dtype)
        self._memory, self.base = Memory(int(np.prod(shape, dtype=np.int64)) * dtype.itemsize), None
        self._a = self._memory.bytes.view(dtype).reshape(shape)

    @classmethod
    def _of(cls, a: np.ndarray, of: ndarray) -> ndarray:
        """A view."""
        self = object.__new__(cls)
        self._a, self._memory, self.base = a, of._memory, of if of.base is None else of.base
        return self

    @classmethod
    def _new(cls, values: np.ndarray) -> ndarray:
        """A result in memory of its own."""
        values = np.asarray(values)
        self = cls(values.shape, values.dtype)
        self._a[...] = values
        return self

    # ------------------------------------------------------------------------------------ what costs nothing

    dtype = property(lambda self: self._a.dtype)
    shape = property(lambda self: self._a.shape)
    size = property(lambda self: self._a.size)
    ndim = property(lambda self: self._a.ndim)
    itemsize = property(lambda self: self._a.itemsize)
    nbytes = property(lambda self: self._a.nbytes)
    strides = property(lambda self: self._a.strides)
    flags = property(lambda self: Flags(self._a))
    data = property(lambda self: Pointer(self._a.__array_interface__["data"][0]))

    def __getattr__(self, name: str):
        raise AttributeError(f"cupy.ndarray.{name}: not in the stand-in (does CuPy have it, and what does it cost?)")

    def reshape(self, *shape) -> ndarray:
        out = self._a.reshape(*shape)
        if not np.shares_memory(out, self._a) and self.size:
            seen.op("copy", 2 * self.nbytes)
            return ndarray._new(out)
        return ndarray._of(out, self)

    def ravel(self, order: str = "C") -> ndarray:
        return self.reshape(-1)

    def view(self, dtype=None) -> ndarray:
        if dtype is None:
            return ndarray._of(self._a.view(), self)
        dtype = dtype_of(dtype)
        if dtype.itemsize != self.itemsize and not self._a.flags.c_contiguous:
            raise ValueError("To change to a dtype of a different size, the last axis must be contiguous")
        return ndarray._of(self._a.view(dtype), self)

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("len() of unsized object")
        return len(self._a)

    def __iter__(self):
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        seen.implicit["iteration over a device array", where()] += 1
        return (self[i] for i in range(len(self)))

    # --------------------------------------------------------------------------------- what the host waits for

    def get(self, stream=None, order: str = "C", out: np.ndarray | None = None, blocking: bool = True) -> np.ndarray:
        if out is None:
            out = np.empty(self.shape, self.dtype)
        elif out.shape != self.shape or out.dtype != self.dtype or not out.flags.c_contiguous:
            raise ValueError("Shape, dtype and order of out must be those of the array")
        if blocking:
            if self.size:  # nothing is copied of an empty array
                seen.sync("get", self.nbytes)
            out[...] = self._a
        else:
            seen.later(out, self._a.copy())
        return out

    def item(self):
        return self.get().item()

    def tolist(self):
        return self.get().tolist()

    def __bool__(self) -> bool:
        if self.size == 0:
            raise DeprecationWarning("The truth value of an empty array is ambiguous")
        if self.size != 1:
            raise ValueError("The truth value of an array with more than one element is ambiguous.")
        return bool(self.get())

    def __int__(self) -> int:
        return int(self.get())

    def __float__(self) -> float:
        return float(self.get())

    def __repr__(self) -> str:
        return f"<device {self.shape} {self.dtype}>"

    # ------------------------------------------------------------------------------ what NumPy must not do alone

    def __array__(self, dtype=None, copy=None):
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. "
            "Please use `.get()` to construct a NumPy array explicitly."
        )

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method != "__call__" or kwargs:
            raise NotImplementedError(f"stand-in: {ufunc.__name__}.{method} {kwargs}")
        seen.implicit[f"np.{ufunc.__name__} on a device array", where()] += 1
        return _elementwise(ufunc, *inputs)

    def __array_function__(self, func, types, args, kwargs):
        seen.implicit[f"np.{func.__name__} on a device array", where()] += 1
        import cupy

        if not hasattr(cupy, func.__name__):
            raise TypeError(f"np.{func.__name__} on a device array: not in the stand-in")
        return getattr(cupy, func.__name__)(*args, **kwargs)

    def __reduce__(self):
        import cupy

        return cupy.asarray, (self.get(),)

    def fill(self, value) -> None:
        if isinstance(value, ndarray):
            if value.shape != ():
                raise ValueError("non-scalar cupy.ndarray cannot be used for fill")
            value = value._a
        value = np.asarray(value, self.dtype)
        if value.shape != ():
            raise ValueError("non-scalar numpy.ndarray cannot be used for fill")
        if self.size:
            seen.op("memset" if value == 0 and self._a.flags.c_contiguous else "fill", self.nbytes)
            self._a[...] = value

    def copy(self, order: str = "C") -> ndarray:
        seen.op("copy", 2 * self.nbytes)
        return ndarray._new(self._a.copy())

    __copy__ = copy

    def __deepcopy__(self, memo) -> ndarray:
        return self.copy()

    def astype(self, dtype, copy: bool = True) -> ndarray:
        if not copy and self.dtype == dtype:
            return self
        seen.op("astype", 2 * self.nbytes)
        return ndarray._new(self._a.astype(dtype_of(dtype)))

    # --------------------------------------------------------------------------- reductions: arrays without axes

    def _reduce(self, name: str) -> ndarray:
        seen.op(f"reduce {name}", self.nbytes)
        return ndarray._new(np.asarray(getattr(self._a, name)()))

    def any(self):
        return self._reduce("any")

    def all(self):
        return self._reduce("all")

    def min(self):
        return self._reduce("min")

    def max(self):
        return self._reduce("max")

    def sum(self):
        return self._reduce("sum")

    def nonzero(self) -> tuple[ndarray, ...]:
        if self.ndim == 0:
            raise ValueError("Calling nonzero on 0d arrays is not allowed.")
        if self.size:
            if self.dtype != np.bool_:
                seen.op("not_equal", self.nbytes + self.size)
            seen.op("scan of a mask", self.size)
            seen.sync("size of a mask", 4)
        found = np.argwhere(self._a)
        out = ndarray._new(found.astype(np.int64))
        if out.size:
            seen.op("nonzero", out.nbytes)
        return tuple(out[:, i] for i in range(self.ndim))

    def argsort(self) -> ndarray:
        import cupy

        return cupy.argsort(self)

    # ------------------------------------------------------------------------------------------- arithmetic

    def __neg__(self):
        return _elementwise(np.negative, self)

    def __invert__(self):
        return _elementwise(np.invert, self)

    def __abs__(self):
        return _elementwise(np.absolute, self)


def _binary(name: str, ufunc) -> None:
    def left(self, other):
        return _elementwise(ufunc, self, other)

    def right(self, other):
        return _elementwise(ufunc, other, self)

    def inplace(self, other):
        result = _elementwise(ufunc, self, other)
        self._a[...] = result._a.astype(self.dtype, casting="same_kind")
        return self

    setattr(ndarray, f"__{name}__", left)
    if name in ("lt", "le", "gt", "ge", "eq", "ne"):
        return
    setattr(ndarray, f"__r{name}__", right)
    setattr(ndarray, f"__i{name}__", inplace)


for _name, _ufunc in {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.true_divide, "floordiv": np.floor_divide,
    "mod": np.remainder, "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor, "lshift": np.left_shift,
    "rshift": np.right_shift, "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
    "eq": np.equal, "ne": np.not_equal,
}.items():  # fmt: skip
    _binary(_name, _ufunc)


def _elementwise(ufunc, *inputs) -> ndarray:
    """One elementwise kernel; NumPy arrays among the inputs are refused, as CuPy refuses them."""
    for x in inputs:
        if isinstance(x, np.ndarray):
            raise TypeError(f"Unsupported type {type(x)}")
        if not isinstance(x, (ndarray, int, float, complex, bool, np.generic)):
            return NotImplemented
    out = ufunc(*(x._a if isinstance(x, ndarray) else x for x in inputs))
    result = ndarray._new(np.asarray(out))
    seen.op(ufunc.__name__, result.nbytes + sum(x.nbytes for x in inputs if isinstance(x, ndarray)))
    return result

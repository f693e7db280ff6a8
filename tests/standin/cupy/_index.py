"""What CuPy 14 does with an index: which are views, which copy, and when the host waits."""

from __future__ import annotations

import numpy as np

from cupy._seen import seen, where


class Indexed:
    """What a device array does with ``a[key]``."""

    def __getitem__(self, key) -> Indexed:
        key, arrays = _prepare(key, type(self))
        if not arrays:
            out = self._a[key]
            if not isinstance(out, np.ndarray):  # an element: CuPy gives a view without axes
                out = _element(self._a, key)
            return self._of(out, self)
        if len(arrays) > 1:
            raise NotImplementedError("stand-in: several index arrays")
        index = arrays[0]
        if index.dtype == np.bool_:
            _check_mask(self, index)
            seen.op("scan of a mask")
            seen.sync("size of a mask", 4)
        else:
            _check_indices(self, index)
        out = self._new(self._a[_host(key)])
        seen.op("take", 2 * out.nbytes)
        return out

    def __setitem__(self, key, value) -> None:
        key, arrays = _prepare(key, type(self))
        if arrays:
            if len(arrays) > 1:
                raise NotImplementedError("stand-in: several index arrays")
            index = arrays[0]
            if index.dtype == np.bool_:
                _check_mask(self, index)
                seen.op("scan of a mask")
                seen.sync("size of a mask", 4)
            else:
                _check_indices(self, index)
                if np.unique(index._a).size != index.size:
                    seen.implicit["assignment to one place twice: which wins is undefined", where()] += 1
            if not isinstance(value, Indexed):
                if isinstance(value, np.ndarray):
                    seen.implicit["a NumPy array assigned through an index is copied silently", where()] += 1
                    seen.upload(value.nbytes)
                else:
                    seen.op("fill")
                value = np.asarray(value, self.dtype)
            else:
                value = value._a.astype(self.dtype)
            self._a[_host(key)] = value
            seen.op("scatter", 2 * self.itemsize * int(np.prod(index.shape)))
            return
        target = self[key]  # a view
        if not isinstance(value, Indexed):
            target.fill(value)
            return
        a, b = target._a, value._a
        if a.shape == b.shape and a.strides == b.strides and target.data.ptr == value.data.ptr:
            return
        if np.shares_memory(a, b):
            raise RuntimeError("stand-in: assignment between overlapping device arrays has no order")
        a[...] = b.astype(a.dtype)
        seen.op("copy", a.nbytes + b.nbytes)


def _prepare(key, kind: type) -> tuple:
    """The key as a tuple, and the index arrays in it, on the device (host ones are copied there silently)."""
    key = key if isinstance(key, tuple) else (key,)
    out, arrays = [], []
    for k in key:
        if isinstance(k, (list, np.ndarray)):
            seen.implicit["a host index array is copied to the device", where()] += 1
            k = kind._new(np.asarray(k))
            seen.upload(k.nbytes)
        if isinstance(k, Indexed):
            if k.dtype.kind not in "biu":
                raise IndexError(f"arrays used as indices must be of integer or boolean type. (actual: {k.dtype.type})")
            arrays.append(k)
        elif not (k is None or k is Ellipsis or isinstance(k, (slice, int, np.integer))):
            raise IndexError(f"only integers, slices, ellipsis, None and arrays are valid indices, not {type(k)}")
        if isinstance(k, slice) and any(isinstance(v, Indexed) for v in (k.start, k.stop, k.step)):
            raise TypeError("slice indices must be integers: a device array has no __index__")
        out.append(k)
    return tuple(out), arrays


def _host(key: tuple) -> tuple:
    return tuple(k._a if isinstance(k, Indexed) else k for k in key)


def _element(a: np.ndarray, key: tuple) -> np.ndarray:
    """A view of one element: every integer as a slice of one, then without axes."""
    at = tuple(slice(k % n, k % n + 1) for k, n in zip(key, a.shape))
    return a[at].reshape(())


def _check_mask(a: Indexed, mask: Indexed) -> None:
    if a.shape[: mask.ndim] != mask.shape:
        raise IndexError(f"boolean index of shape {mask.shape} did not match indexed array of shape {a.shape}")


def _check_indices(a: Indexed, index: Indexed) -> None:
    if index.size and not (-len(a) <= int(index._a.min()) and int(index._a.max()) < len(a)):
        raise IndexError("stand-in: an index out of range (CuPy wraps it around silently)")

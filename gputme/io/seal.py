"""Checksums: every array carries one, and every group one over all that stands below it.

An array has the attribute `crc32`, the CRC-32 of its bytes as a program sees them (decompressed, C order, the
stored byte order; text: UTF-8, each entry of an array followed by a zero byte). Every array and group has the
attribute `seal`, the BLAKE2b (16 bytes, hexadecimal) of its name, its other attributes, and

- of an array: type, shape and `crc32`,
- of a group: the name and seal of each member, in alphabetical order; of a link, where it leads.

So the seal of a file's root names its whole content, and any part is checked without reading the others. Found is
damage, not forgery: who changes a file on purpose can seal it anew.
"""

import hashlib
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

import h5py
import numpy as np

CRC = "crc32"
SEAL = "seal"
SEAL_BYTES = 32
try:
    from isal.isal_zlib import crc32  # the same sum, several times faster
except ImportError:
    from zlib import crc32

Sums = Mapping[str, int]
"""Checksums of arrays that are known already, by their path in the file."""


def checksum(values: np.ndarray | str | Iterable[str]) -> int:
    """CRC-32 of the bytes of numbers, of one text, or of several."""
    if isinstance(values, str):
        return zlib.crc32(values.encode())
    if isinstance(values, np.ndarray):
        octets = np.ascontiguousarray(values).reshape(-1).view(np.uint8)
        return crc32(octets) if octets.size else 0
    return zlib.crc32(b"".join(text.encode() + b"\0" for text in values))


def digest(name: str, attributes: Mapping[str, Any], content: Iterable[str]) -> str:
    """The seal of one array or group: of its name, its attributes (but `seal`), and what `content` says of it."""
    parts = [name.encode()]
    for key in sorted(attributes):
        if key != SEAL:
            parts += [key.encode(), _octets(attributes[key])]
    parts += [b"", *(text.encode() for text in content)]
    lengths = ",".join(str(len(part)) for part in parts)  # so that no two lists of parts look the same
    return hashlib.blake2b(lengths.encode() + b"".join(parts), digest_size=SEAL_BYTES // 2).hexdigest()


def _octets(value: Any) -> bytes:
    """One attribute as bytes that tell its type, shape and value."""
    if isinstance(value, str):
        return b"text" + value.encode()
    array = np.asarray(value)
    if array.dtype.kind == "O":
        return b"texts" + b"".join(str(text).encode() + b"\0" for text in array.reshape(-1))
    return f"{array.dtype.str}{array.shape}".encode() + array.tobytes()


def of_array(name: str, attributes: Mapping[str, Any], dtype: np.dtype, shape: tuple[int, ...]) -> str:
    """The seal of an array."""
    kind = "text" if dtype.kind == "O" else dtype.str
    return digest(name, attributes, [kind, str(tuple(shape))])


def of_group(name: str, attributes: Mapping[str, Any], members: Mapping[str, str]) -> str:
    """The seal of a group whose `members` have these seals, or lead there."""
    return digest(name, attributes, [text for pair in sorted(members.items()) for text in pair])


def led(link: h5py.SoftLink | h5py.ExternalLink) -> str:
    """Where a link leads, in the place of a seal."""
    file = link.filename if isinstance(link, h5py.ExternalLink) else ""
    return f"-> {file}:{link.path}"


def seal(item: h5py.Group | h5py.Dataset, sums: Sums, name: str = "") -> str:
    """Seal `item`, just written, and all below it; return its seal. What has a seal already keeps it.

    `name` is that by which its group holds it, "" for the root. Arrays without an entry in `sums` are read back.
    """
    if SEAL in item.attrs:
        return item.attrs[SEAL].decode()
    if isinstance(item, h5py.Dataset):
        crc = sums.get(item.name)
        item.attrs[CRC] = np.uint32(checksum(content(item)) if crc is None else crc)
        made = of_array(name, dict(item.attrs), item.dtype, item.shape)
    else:
        members = {}
        for key in item:
            link = item.get(key, getlink=True)
            members[key] = seal(item[key], sums, key) if isinstance(link, h5py.HardLink) else led(link)
        made = of_group(name, dict(item.attrs), members)
    item.attrs[SEAL] = np.bytes_(made)
    return made


def content(dataset: h5py.Dataset) -> np.ndarray | str | list[str]:
    """What a dataset of numbers or text holds, as `checksum` takes it."""
    if h5py.check_string_dtype(dataset.dtype):
        text = dataset.asstr()[()]
        return text if isinstance(text, str) else list(text.reshape(-1))
    return np.asarray(dataset[()], dataset.dtype)

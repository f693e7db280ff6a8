"""The binder: checks every launch, and keeps those that are called often packed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter, is_not
from threading import Lock
from typing import Any
from weakref import WeakSet

import numpy as np

from gputme.backends.base import Backend, Prepared, Rounds
from gputme.backends.source import read_kernel
from gputme.errors import BackendError
from gputme.ops import Operation

__all__ = ["Brought", "Launch", "Launches", "Ready"]


class Launches(WeakSet):
    """Every prepared launch of a table, which simulations in several threads may share."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = Lock()


class Launch:
    """One operation on one backend: checks dtype, order and size of every array, casts every scalar, and runs."""

    def __init__(self, backend: Backend, op: Operation, checked: bool, ready: Launches):
        self.backend, self.op, self.kernel, self._ready = backend, op, read_kernel(op.name), ready
        self.names = {p.name for p in self.kernel.params}
        host_type = {np.int64: int, np.int32: int, np.uint32: int, np.uint64: int, np.uint8: int, np.float64: float}
        types = [(p.name, p.dtype(backend.real).type) for p in self.kernel.scalars]
        self.casts = {name: host_type.get(t, t) for name, t in types}
        number = self.kernel.compile_expression
        self._arrays = {
            p.name: (p.dtype(backend.real), number(p.size), p.size, p.count and number(p.count))
            for p in self.kernel.arrays
            if checked
        }
        several = {p.name: f"{p.size} {p.count}" for p in self.kernel.arrays if checked and p.count}
        self._alike: dict[str, list[str]] = {}  # single arrays by the text of their size
        for p in self.kernel.arrays if checked else ():
            if not p.count:
                self._alike.setdefault(p.size, []).append(p.name)
        # what is looked at again where a scalar changes: the sizes and the lists of arrays that depend on it
        self._sizes = {name: self._that_name(name, self._alike) for name in self.casts}
        self._lists = {name: [a for a, text in several.items() if _names(name, text)] for name in self.casts}
        self.plain = frozenset(name for name in self.casts if not (self._sizes[name] or self._lists[name]))
        self.__name__, self.__doc__ = op.name, op.meaning.__doc__

    def _that_name(self, name: str, texts: Iterable[str]) -> list[tuple[str, Callable[[dict], int]]]:
        """The sizes that depend on a scalar: their text, and what they come to."""
        return [(text, self.kernel.compile_expression(text)) for text in texts if _names(name, text)]

    def __call__(self, **args: Any) -> None:
        self.backend.launch(self.op, self.kernel, self.checked(args))

    def ready(self, **constants: Any) -> Ready:
        """A launch that is checked and packed once, with what never changes; see `Ready`."""
        made = Ready(self, constants)
        with self._ready.lock:
            self._ready.add(made)
        return made

    def checked(self, args: dict[str, Any]) -> dict[str, Any]:
        """The arguments with their scalars cast; raises BackendError for what the kernel does not take."""
        if args.keys() != self.names:
            missing, extra = self.names - args.keys(), args.keys() - self.names
            raise BackendError(f"operation {self.op.name}: missing {sorted(missing)}, unknown {sorted(extra)}")
        for name, cast in self.casts.items():
            args[name] = cast(args[name])
        for name in self._arrays:
            self.check_array(name, args)
        return args

    def room(self, args: dict[str, Any]) -> dict[str, int]:
        """Elements of the smallest array of each size."""
        return {text: min(args[name].size for name in names) for text, names in self._alike.items()}

    def recheck(self, changed: Iterable[str], args: dict[str, Any], room: dict[str, int]) -> None:
        """The arrays of `checked` where only some arguments have changed, and scalars are cast; keeps ``room``: no more
        elements than the smallest array of each size has. Where a scalar changes, only sizes are compared."""
        for name in changed:
            if name in self._arrays:
                self.check_array(name, args)
                text = self._arrays[name][2]
                if text in room:
                    room[text] = min(room[text], args[name].size)
        for name in changed:
            for listed in self._lists.get(name, ()):
                self.check_array(listed, args)
            for text, size in self._sizes.get(name, ()):
                if size(args) > room[text]:
                    for array in self._alike[text]:
                        self.check_array(array, args)
                    room[text] = min(args[array].size for array in self._alike[text])

    def check_rounds(self, held: Held, names: Sequence[str], rounds: Rounds) -> None:
        """Whether its arrays suffice in every round."""
        matter = [k for k, name in enumerate(names) if self._sizes[name] or self._lists[name]]
        for values in {tuple(values[k] for k in matter) for values in rounds}:
            now = {names[k]: self.casts[names[k]](value) for k, value in zip(matter, values)}
            self.recheck(now, held.args | now, held.room)

    def check_array(self, name: str, args: dict[str, Any]) -> None:
        """Type, order and size of one array, or of each of several, as the scalars say; else a BackendError."""
        dtype, size, text, count = self._arrays[name]
        arrays = args[name] if count else (args[name],)
        if count and len(arrays) < count(args):
            raise BackendError(f"operation {self.op.name}: '{name}' holds {len(arrays)} arrays, needs {count(args)}")
        for a in arrays:
            if a.dtype != dtype or not a.flags.c_contiguous:
                raise BackendError(f"operation {self.op.name}: '{name}' must be a C-ordered {dtype}, not {a.dtype}")
            if a.size < size(args):
                raise BackendError(
                    f"operation {self.op.name}: '{name}' holds {a.size} elements, needs [{text}] = {size(args)}"
                )


def _names(name: str, text: str) -> bool:
    """Whether an expression depends on a scalar."""
    return bool(re.search(rf"\b{name}\b", text))


class _Watched:
    """What a launch takes from one of its owners, and what it was at the last call."""

    __slots__ = ("get", "names", "owner", "seen")

    def __init__(self, owner: Any, names: list[str]):
        self.owner, self.names = owner, names
        self.get = attrgetter(*(names if len(names) > 1 else names * 2))  # a tuple always
        self.seen = self.get(owner)


class Held:
    """What a launch was last called with. Its ``args`` stay one dict, in which values change."""

    __slots__ = ("args", "given", "mixed", "names", "owners", "prepared", "room", "taken", "watched")

    def __init__(
        self, args: dict[str, Any], owners: tuple[Any, ...] = (), prepared: Prepared | None = None,
        followed: Sequence[tuple[Any, str]] = (), values: dict[str, Any] | None = None,
        room: dict[str, int] | None = None,
    ):  # fmt: skip
        self.args, self.owners, self.prepared = args, owners, prepared
        mine = [(owner, [name for of, name in followed if of is owner]) for owner in owners]
        self.watched = [_Watched(owner, names) for owner, names in mine if names]
        self.taken = frozenset(name for _, name in followed)  # from owners
        self.remember(values or {})
        self.room = room or {}

    def remember(self, values: dict[str, Any]) -> None:
        """What was given by name, and whether an owner has some of it, too."""
        self.names, self.given = tuple(values), tuple(values.values())
        self.mixed = not self.taken.isdisjoint(values)


Brought = tuple[Launch, Held]


class Ready:
    """A launch that is checked and packed once, at its first call, and run again at later ones.

    ``go = k.fate.ready(seed=1)`` is given what never changes; ``go(cells, self, end=9)`` the rest: values by name, and
    owners, of which it takes every argument that is not given. Whatever is another object than at the call before (an
    array that has grown or was replaced, a scalar with another value) is checked and packed anew.
    """

    def __init__(self, launch: Launch, constants: dict[str, Any]):
        self.launch, self.constants = launch, constants
        self.held = Held(constants)

    def release(self) -> None:
        """Hold the constants only, until the next call; a launch that needs nothing else stays as it is."""
        if self.held.args.keys() != self.constants.keys():
            self.held = Held(self.constants)

    def __call__(self, *owners: Any, **values: Any) -> None:
        prepared = self._bring(owners, values).prepared  # a name: what it packed lives as long as it runs
        prepared.run()

    def brought(self, *owners: Any, **values: Any) -> Brought:
        """As when called, but for running it: for `Kernels.repeat`."""
        return self.launch, self._bring(owners, values)

    def _bring(self, owners: tuple[Any, ...], values: dict[str, Any]) -> Held:
        """Pack what is new. One name holds it: another thread's release leaves what is at work here whole."""
        held = self.held
        if held.prepared is None or len(owners) != len(held.owners) or any(map(is_not, owners, held.owners)):
            return self._prepared(owners, values)
        given = tuple(values.values())
        if held.mixed or tuple(values) != held.names:
            self._look_anew(held, values)
            return held
        found, others = [watched.get(watched.owner) for watched in held.watched], []
        for watched, now in zip(held.watched, found):  # as at the call before: only what is another object is looked at
            if any(map(is_not, now, watched.seen)):
                others += [(n, new, old) for n, new, old in zip(watched.names, now, watched.seen) if new is not old]
        if any(map(is_not, given, held.given)):
            others += zip(held.names, given, held.given)
        if others:
            self._change(held, others)
            held.given = given
            for watched, now in zip(held.watched, found):
                watched.seen = now
        return held

    def whole(self, *owners: Any, **values: Any) -> Ready:
        """The same launch with all that it would be called with now, and keeps: one that can be replayed."""
        args = self.constants | values
        for name in self.launch.names - args.keys():
            args[name] = getattr(next(owner for owner in owners if hasattr(owner, name)), name)
        return self.launch.ready(**args)

    def renumber(self, numbers: dict[str, Any]) -> None:
        """Other values of numbers, where they are others, of a launch that has all that it needs."""
        held = self.held
        self._change(held, [(name, value, held.args[name]) for name, value in numbers.items()])

    def prepare(self) -> Prepared:
        """Check and pack what it has, which is all that it needs."""
        return self._prepared((), {}).prepared

    def _prepared(self, owners: tuple[Any, ...], values: dict[str, Any]) -> Held:
        """Check and pack everything. Raises BackendError for what is missing or does not fit."""
        launch, held, followed = self.launch, self.held, []
        args = held.args | values
        for name in launch.names - args.keys() | held.taken - values.keys():
            owner = next((o for o in owners if hasattr(o, name)), None)
            if owner is not None:
                followed.append((owner, name))
                args[name] = getattr(owner, name)
        args = launch.checked(args)
        prepared = launch.backend.prepare(launch.op, launch.kernel, args)
        made = self.held = Held(args, owners, prepared, followed, values, launch.room(args))
        return made

    def _look_anew(self, held: Held, values: dict[str, Any]) -> None:
        """Compare everything with what is packed: other arguments are given by name than at the call before."""
        args = held.args
        entries = [(w, name, getattr(w.owner, name)) for w in held.watched for name in w.names if name not in values]
        found = {name: value for _, name, value in entries} | values
        self._change(held, [(name, value, args[name]) for name, value in found.items()])
        for watched in held.watched:
            watched.seen = tuple(found[name] for name in watched.names)
        held.remember(values)

    def _change(self, held: Held, compared: Iterable[tuple[str, Any, Any]]) -> None:
        """Pack other values, of (name, value, old value); where one is refused, nothing has changed. In a small run the
        host is here more often than anywhere else."""
        launch, args, plain = self.launch, held.args, True
        changed = {}
        for name, new, old in compared:
            if (cast := launch.casts.get(name)) is None:
                if new is not old:
                    changed[name], plain = new, False
            elif new is not old and new != old:
                changed[name], plain = cast(new), plain and name in launch.plain
        if not changed:
            return
        if plain:  # numbers that no array depends on
            args.update(changed)
            held.prepared.set(changed, args)
            return
        before = {name: args[name] for name in changed}
        args.update(changed)
        try:
            launch.recheck(changed, args, held.room)
            held.prepared.set(changed, args)
        except BaseException:
            args.update(before)
            held.prepared.set(before, args)
            held.room = launch.room(args)
            raise

"""From signals to behaviours: what a cell reads in itself, its rules, and its response to oxygen."""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.backends import Kernels
from gputme.columns import SignalKind
from gputme.ops.oxygen_response import AT_ONCE, at_once
from gputme.ops.rules import FOR_DEAD, INCREASES
from gputme.parameters import B, Parameters

__all__ = ["Rules"]

_OWN = ("death", "fluid", "nuclear", "cytoplasmic", "pressure", "damage", "internal", "custom")


class Rules:
    """The rules of one scenario on one backend; reads and writes stacks of ``gputme.state.Cells``.

    In a step: fill the rows of ``cells.signals`` for substrates, gradients and contacts; then :meth:`read`,
    :meth:`apply` and, per substrate of :attr:`oxygens`, :meth:`respond`. ``cells.ruled`` then holds the behaviours.
    """

    def __init__(self, parameters: Parameters, kernels: Kernels):
        self.kernels = kernels
        k, p = kernels, parameters
        self.types = len(p.types)
        self._signals = {
            "wanted": len(p.signals),
            "kind": k.array([s.kind for s in p.signals], np.int32),
            "index": k.array([_place(s, p.tracked) for s in p.signals], np.int32),
            "row": k.array(np.arange(len(p.signals)), np.int32),
        }
        self._rules = self._tables(p) if p.ruled else None
        self._damage = self._own_rates(p) if _injured(p) else None
        self.oxygens = self._responses(p)

    def read(self, cells: Any, time: float) -> None:
        """Fill the rows of ``cells.signals`` that a cell reads in itself; ``time`` in min."""
        if self._signals["wanted"]:
            own = {name: getattr(cells, name) for name in _OWN}
            self.kernels.signals(
                n=cells.n, stride=cells.stride, time=time, sensed=cells.signals, **self._signals, **own
            )

    def apply(self, cells: Any) -> None:
        """Set every behaviour that rules or oxygen change, per cell."""
        if self._rules:
            self.kernels.rules(
                n=cells.n, stride=cells.stride, type=cells.type, death=cells.death, sensed=cells.signals,
                ruled=cells.ruled, custom=cells.custom, **self._rules,
            )  # fmt: skip

    def respond(self, cells: Any, substrate: int, value: Any) -> None:
        """Oxygen's ramps on cycle and necrosis; ``value``: the substrate at each cell (n,)."""
        self.kernels.oxygen_response(
            n=cells.n, types=self.types, stride=cells.stride, oxygen=value, type=cells.type, death=cells.death,
            ruled=cells.ruled, **self.oxygens[substrate],
        )  # fmt: skip

    def injure(self, cells: Any, tick: int, dt: float) -> None:
        """Advance the cells' damage by dt minutes from ``tick`` on, where any type is damaged."""
        if self._damage:
            self.kernels.injure(
                n=cells.n, tick=tick, dt=dt, stride=cells.stride, ruled=cells.ruled, id=cells.id, type=cells.type,
                death=cells.death, damage=cells.damage, **self._damage,
            )  # fmt: skip

    def _tables(self, p: Parameters) -> dict[str, Any]:
        """Groups of rules as flat arrays. Terms stand in the order of their signals, whatever the table's order."""
        k, first_custom = self.kernels, p.behaviours.first_custom
        group = np.full((self.types, len(p.ruled)), -1, np.int32)
        first, span, terms = [0], [], []
        for g, found in enumerate(p.groups):
            group[found.type, p.ruled.index(found.behaviour)] = g
            span += [found.largest, found.smallest]
            for bit, side in ((INCREASES, found.increasing), (0, found.decreasing)):
                for term in sorted(side, key=lambda t: (p.signals[t.row].kind, p.signals[t.row].index)):
                    flags = bit | (FOR_DEAD if term.applies_to_dead else 0)
                    terms.append((term.row, flags, term.half_max, term.power))
            first.append(len(terms))
        source, flags, half_max, power = zip(*terms) if terms else ((), (), (), ())
        row = [p.slot[b] if b < first_custom else -1 - (b - first_custom) for b in p.ruled]
        return {
            "types": self.types, "behaviours": p.behaviours.count, "count": len(p.ruled), "groups": len(p.groups),
            "terms": len(terms), "table": k.array(p.table.ravel()), "number": k.array(p.ruled, np.int32),
            "row": k.array(row, np.int32), "group": k.array(group.ravel(), np.int32),
            "first": k.array(first, np.int32), "span": k.array(span, np.float64),
            "source": k.array(source, np.int32), "flags": k.array(flags, np.int32),
            "half_max": k.array(half_max, np.float64), "power": k.array(power, np.float64),
        }  # fmt: skip

    def _own_rates(self, p: Parameters) -> dict[str, Any]:
        return {
            "types": self.types, "behaviours": p.behaviours.count, "table": self.kernels.array(p.table.ravel()),
            "slot": self.kernels.array(p.slot, np.int32),
        }  # fmt: skip

    def _responses(self, p: Parameters) -> dict[int, dict[str, Any]]:
        """Arguments of ``oxygen_response`` for each substrate that some cell type calls its oxygen."""
        k, found = self.kernels, {}
        for name in dict.fromkeys(t.oxygen.substrate for t in p.scenario.cell_types if t.oxygen):
            ramps = np.zeros((5, self.types))
            ramps[1] = ramps[2] = 1.0  # of types that do not respond: any slope
            for t, oxygen in enumerate(t.oxygen for t in p.scenario.cell_types):
                if oxygen and oxygen.substrate == name:
                    starts, sudden = oxygen.necrosis_starts, oxygen.deterministic
                    ramps[:, t] = (
                        oxygen.proliferation_none, oxygen.proliferation_full, starts,
                        at_once(starts) if sudden else oxygen.necrosis_full, AT_ONCE if sudden else oxygen.necrosis_rate,
                    )  # fmt: skip
            responds = [bool(t.oxygen and t.oxygen.substrate == name) for t in p.scenario.cell_types]
            found[p.substrates.index(name)] = {
                "rows": len(p.ruled), "entry": int(p.slot[B.EXIT]), "necrosis": int(p.slot[B.NECROSIS]),
                "responds": k.array(responds, np.uint8),
                **{key: k.array(ramp) for key, ramp in zip(("none", "full", "starts", "worst", "rate"), ramps)},
            }  # fmt: skip
        return found


def _place(signal: Any, tracked: list[int]) -> int:
    """Row of the stack that a signal reads: internal amounts are kept for tracked substrates only."""
    return tracked.index(signal.index) if signal.kind == SignalKind.INTERNAL else signal.index


def _injured(p: Parameters) -> bool:
    return bool((p.table[:, B.DAMAGE_RATE] > 0).any()) or B.DAMAGE_RATE in p.ruled

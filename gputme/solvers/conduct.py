"""What each cell senses, and what it therefore does: signals, rules, oxygen."""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.backends import Kernels
from gputme.columns import TICKS
from gputme.ops.neighbours.contacts import kinds
from gputme.ops.rules import remember
from gputme.ops.rules.derive import BELOW, LOWERS, SATURATES
from gputme.ops.rules.oxygen_response import AT_ONCE, at_once
from gputme.ops.rules.rules import BASE_LARGEST, BASE_SMALLEST, FOR_DEAD, INCREASES
from gputme.parameters import Parameters, counted
from gputme.solvers.matrix import Matrix
from gputme.solvers.neighbours import Neighbours
from gputme.solvers.phenotype import LAWS
from gputme.solvers.sensing import Sensing
from gputme.state import Tissue
from gputme.vocabulary import SIGNAL, Behaviours, SignalKind

__all__ = ["Conduct"]

_OF_TYPES = ("contact_type", "contact_sum", "contact_mean")  # contacts with cells of a type or group, in any state


class Conduct:
    """Fills the stacks ``signals`` and ``ruled`` of a tissue; ``grids``: each substrate's grid for operations."""

    def __init__(
        self, parameters: Parameters, kernels: Kernels, grids: list[dict[str, Any]], matrix: Matrix | None = None
    ):  # fmt: skip
        self.parameters, self.kernels = parameters, kernels
        self.types = len(parameters.types)
        self.table = kernels.array(parameters.table.ravel())
        self.slot = kernels.array(parameters.slot, np.int32)
        self._rules = None
        if parameters.ruled or parameters.groups:
            numbers = dict(types=self.types, behaviours=parameters.behaviours.count)
            self._rules = kernels.rules.ready(**numbers, table=self.table, **self._rule_arrays())
        self._adopt = kernels.adopt.ready(**self._laws()) if parameters.adopted else None
        self._sensing = Sensing(parameters, kernels, grids, matrix)
        own = self._read_by("signals")
        kind, index, row = (kernels.array(v or [0], np.int32) for v in own)
        self._signals = kernels.signals.ready(types=self.types, wanted=len(own[0]), kind=kind, index=index, row=row)
        self._touched = self._contacts()
        self._derive = self._derived()
        slots = dict(entry=int(parameters.slot[Behaviours.EXIT]), necrosis=int(parameters.slot[Behaviours.NECROSIS]))
        self._oxygen = {
            s: kernels.oxygen_response.ready(types=self.types, rows=len(parameters.ruled), **slots, **tables)
            for s, tables in self._oxygen_tables().items()
        }
        self._scale = kernels.scale.ready(**self._scalings()) if parameters.scenario.scalings else None
        self._traction = matrix and matrix.traction()
        hazards = self._switches()
        self._hazards = kernels.hazards.ready(**hazards) if hazards else None
        self._remember = self._memories()
        self.reads = bool(parameters.signals or parameters.ruled or parameters.groups)
        numbers, factor = parameters.ceasing
        self._ceasing = kernels.array(parameters.slot[numbers], np.int32), kernels.array(factor.ravel())

    def behaviours(self, tissue: Tissue) -> dict[str, Any]:
        """What every operation takes to look a behaviour up."""
        cells = tissue.cells
        return dict(
            table=self.table, slot=self.slot, ruled=cells.ruled, stride=cells.stride,
            behaviours=self.parameters.behaviours.count,
        )  # fmt: skip

    def update(self, tissue: Tissue, neighbours: Neighbours) -> None:
        """Variables of cells that have turned, signals, rules, what oxygen does, what goes with a variable, the hold
        that the matrix gives, hazards of switching; dead cells keep what they did unless a rule is for them too.
        Variables with memory go on to the step's end."""
        cells = tissue.cells
        if self._adopt:  # also where nothing reads them: they are in frames
            self._adopt(cells, tick=tissue.tick)
        if not self.reads:
            return
        self._sensing.fill(tissue)
        self._signals(cells, **self.behaviours(tissue), time=tissue.time, sensed=cells.signals)
        if self._touched:
            neighbours.contacts(cells, self.behaviours(tissue), self._touched, cells.signals)
        if self._derive:
            self._derive(cells, sensed=cells.signals)
        if self._rules:
            self._rules(cells, sensed=cells.signals)
        for s, respond in self._oxygen.items():
            respond(cells, oxygen=self._sensing.at_cells(tissue, s))
        if self._scale:
            self._scale(cells)
        if self._traction:
            self._traction(cells, tissue.voxels, **self.behaviours(tissue))
        if self._hazards:
            self._hazards(cells, sensed=cells.signals)
        if self._remember:  # last: until here variables stand as at the step's start
            self._remember(cells, tick=tissue.tick, sensed=cells.signals)

    def cease(self, tissue: Tissue, since: int) -> None:
        """Cells that died after tick ``since`` secrete and export no more, and take up their share, from now on."""
        rows, factor = self._ceasing
        cells = tissue.cells
        if rows.size:
            self.kernels.cease(
                n=cells.n, types=self.types, stride=cells.stride, since=since, count=rows.size, row=rows,
                factor=factor, type=cells.type, death=cells.death, phase_start=cells.phase_start, ruled=cells.ruled,
            )  # fmt: skip

    def _read_by(self, operation: str) -> tuple[list[int], list[int], list[int]]:
        """The signals that an operation reads: their numbers, of which they are, and their rows."""
        p, kinds, indices, rows = self.parameters, [], [], []
        for row, (kind, index, _) in enumerate(p.signals):
            if SIGNAL[kind].operation == operation:
                kinds.append(SignalKind[kind.upper()])
                if kind == "internal":
                    index = p.tracked.index(index)
                elif kind == "immunogenicity":
                    index = p.behaviours.of(kind, index)
                indices.append(index)
                rows.append(row)
        return kinds, indices, rows

    def _contacts(self) -> dict[str, Any]:
        """What is asked of neighbours, on the backend; empty where nothing is."""
        p, k = self.parameters, self.kernels
        row = [r for r, s in enumerate(p.signals) if SIGNAL[s.kind].operation == "contacts"]
        if not row:
            return {}
        row.sort(key=lambda r: p.signals[r].variable >= 0)  # what is counted, then what is added up
        asked = [p.signals[r] for r in row]
        sums = [s for s in asked if s.variable >= 0]
        of = [p.scenario.members(s.index) if s.kind in _OF_TYPES else range(self.types) for s in asked]
        width, table = kinds(self.types, [(SignalKind[s.kind.upper()], types) for s, types in zip(asked, of)])
        over = [p.signals.index(counted(s)) if s.kind == "contact_mean" else -1 for s in sums]
        columns = dict(variable=[s.variable for s in sums], over=over, row=row)
        numbers = dict(rows=len(row) - len(sums), sums=len(sums), types=self.types, width=width)
        arrays = {name: k.array(values, np.int32) for name, values in columns.items()}
        return numbers | arrays | dict(counted=k.array(table, np.uint8))

    def _derived(self) -> Any:
        """The launch that computes derived signals, of those that something reads; None without any."""
        p, k = self.parameters, self.kernels
        wanted = sorted((s for s in p.signals if s.kind == "derived"), key=lambda s: s.index)  # earlier ones first
        if not wanted:
            return None
        entries = [p.scenario.derivations[s.index] for s in wanted]
        terms = [term for entry in entries for term in entry.terms]
        bits = [((BELOW, t.below is not None), (SATURATES, t.half_max is not None), (LOWERS, t.lowers)) for t in terms]
        return k.derive.ready(
            count=len(entries), terms=len(terms),
            first=k.array(np.cumsum([0, *(len(entry.terms) for entry in entries)]), np.int32),
            product=k.array([entry.is_product for entry in entries], np.uint8),
            row=k.array([p.signals.index(s) for s in wanted], np.int32),
            source=k.array([p.signals.index(t.signal) for t in terms], np.int32),
            flags=k.array([sum(bit for bit, on in some if on) for some in bits], np.int32),
            weight=k.array([t.weight for t in terms], np.float64),
            below=k.array([t.below or 0.0 for t in terms], np.float64),
            half_max=k.array([t.half_max or 1.0 for t in terms], np.float64),
            power=k.array([t.power for t in terms], np.float64),
        )  # fmt: skip

    def _rule_arrays(self) -> dict[str, Any]:
        """Groups and rules as compressed rows, on the backend."""
        p, k = self.parameters, self.kernels
        customs = sorted({g.behaviour.index for g in p.groups if g.behaviour.kind == "custom"})
        numbers = [*p.ruled, *(p.behaviours.of("custom", c) for c in customs)]
        rows = [*range(len(p.ruled)), *(-1 - c for c in customs)]
        span, within = [], []  # where there are no saturations, the base is within
        places, sources = ({what: i for i, what in enumerate(listed)} for listed in (numbers, p.signals))
        group = np.full((self.types, len(numbers)), -1, np.int32)
        first, terms, flags = [0], [], []
        for g, rules in enumerate(p.groups):
            group[rules.type_index, places[p.number(rules.behaviour)]] = g
            for way, members in ((INCREASES, rules.increasing), (0, rules.decreasing)):
                terms += members
                flags += [way | (FOR_DEAD if t.applies_to_dead else 0) for t in members]
            first.append(len(terms))
            up, down = ([t.saturation for t in some] for some in (rules.increasing, rules.decreasing))
            span += [max(up, default=-np.inf), min(down, default=np.inf)]
            within.append(BASE_LARGEST * bool(down or not up) | BASE_SMALLEST * bool(up or not down))
        return dict(
            count=len(numbers), groups=len(p.groups), terms=len(terms),
            number=k.array(numbers, np.int32), row=k.array(rows, np.int32), group=k.array(group.ravel(), np.int32),
            first=k.array(first, np.int32),
            own=k.array(p.own[numbers], np.int32), span=k.array(span, np.float64), within=k.array(within, np.int32),
            factor=k.array([p.changed.get(number, -1) for number in numbers], np.int32),
            limit=k.array([p.most(number) for number in numbers], np.float64),
            source=k.array([sources[t.signal] for t in terms], np.int32), flags=k.array(flags, np.int32),
            half_max=k.array([t.half_max for t in terms], np.float64),
            power=k.array([t.power for t in terms], np.float64),
        )  # fmt: skip

    def _laws(self) -> dict[str, Any]:
        """By what law cells that turn into another type get values of their own, on the backend."""
        p, k, rows = self.parameters, self.kernels, self.parameters.adopted
        laws = [p.laws[row][t] for t in range(self.types) for row in rows]
        numbers = [
            (0.0, 0.0, 0.0, 0.0) if law is None
            else (*law.parameters, -np.inf if law.min is None else law.min, np.inf if law.max is None else law.max)
            for law in laws
        ]  # fmt: skip
        how = [LAWS["value" if law is None else law.distribution] for law in laws]
        base = np.zeros((self.types, rows.stop))  # of a custom variable that a type lacks: 0
        base[:, len(p.customs) :] = p.table[:, p.varying]
        return dict(
            seed=p.scenario.seed, types=self.types, count=len(rows), first=rows.start,
            varies=k.array([law is not None for law in laws], np.uint8), base=k.array(base[:, rows].ravel()),
            how=k.array(how, np.int32), law=k.array(np.ravel(numbers), np.float64),
        )  # fmt: skip

    def _scalings(self) -> dict[str, Any]:
        """What scales which row of ``ruled``, on the backend."""
        p, k, entries = self.parameters, self.kernels, self.parameters.scenario.scalings
        rows = [p.slot[p.number(s.behaviour)] for s in entries]
        columns = {name: [getattr(s, name) for s in entries] for name in ("zero", "slope", "most", "limit")}
        return dict(
            count=len(entries), kind=k.array([s.type_index for s in entries], np.int32), row=k.array(rows, np.int32),
            variable=k.array([s.variable for s in entries], np.int32),
            **{name: k.array(values, np.float64) for name, values in columns.items()},
        )  # fmt: skip

    def _switches(self) -> dict[str, Any]:
        """The hazards of turning into types that are set per cell, as compressed rows by pair of types; empty where
        none is."""
        p, k, pairs = self.parameters, self.kernels, {}
        for switch in p.scenario.resolved_switches:
            row = int(p.slot[p.behaviours.of("transition", switch.into)])
            if row >= 0:
                pairs.setdefault((switch.type_index, row), []).append(switch)
        if not pairs:
            return {}
        entries = [switch for mine in pairs.values() for switch in mine]
        terms = [term for switch in entries for term in switch.terms]
        kind, row = zip(*pairs)
        numbers = dict(
            kind=kind, row=row, entry=np.cumsum([0, *map(len, pairs.values())]),
            first=np.cumsum([0, *(len(switch.terms) for switch in entries)]),
            source=[p.signals.index(term.signal) for term in terms], lowers=[t.lowers for t in terms],
        )  # fmt: skip
        values = dict(
            rate=[e.rate for e in entries], half_max=[t.half_max for t in terms], power=[t.power for t in terms]
        )
        return dict(
            pairs=len(pairs), entries=len(entries), terms=len(terms),
            **{name: k.array(some, np.int32) for name, some in numbers.items()},
            **{name: k.array(some, np.float64) for name, some in values.items()},
        )  # fmt: skip

    def _memories(self) -> Any:
        """The launch that carries variables with memory over a step; None without any."""
        p, k, entries = self.parameters, self.kernels, self.parameters.scenario.memories
        if not entries:
            return None
        dt = p.scenario.time.step_ticks / TICKS
        both = [remember.coefficients(dt, m.rate, m.tau) for m in entries]
        laws = [
            (remember.SATURATED, m.half_max) if m.half_max is not None
            else (remember.SINCE_ABOVE if m.since else remember.ABOVE, m.above) if m.above is not None
            else (remember.SINCE_BELOW if m.since else remember.BELOW, m.below) if m.below is not None
            else (remember.PLAIN, 0.0)
            for m in entries
        ]  # fmt: skip
        numbers = {
            "kind": [m.type_index for m in entries], "variable": [m.variable for m in entries],
            "source": [p.signals.index(m.signal) for m in entries], "law": [law for law, _ in laws],
        }  # fmt: skip
        # what signals are compared with is rounded as they are, so that equal ones are equal
        value = [v if law == remember.SATURATED else float(k.real(v)) for law, v in laws]
        return k.remember.ready(
            count=len(entries), dt=dt, value=k.array(value, np.float64),
            power=k.array([m.power for m in entries], np.float64),
            keeps=k.array([keeps for keeps, _ in both], np.float64),
            gains=k.array([gains for _, gains in both], np.float64),
            **{name: k.array(values, np.int32) for name, values in numbers.items()},
        )  # fmt: skip

    def _oxygen_tables(self) -> dict[int, dict[str, Any]]:
        """Per substrate that some type breathes: its thresholds per cell type."""
        p, k, tables = self.parameters, self.kernels, {}
        described = [t.oxygen for t in p.scenario.cell_types]
        for name in {o.substrate for o in described if o}:
            mine = [o if o and o.substrate == name else None for o in described]
            rows = [
                (o.proliferation_none, o.proliferation_full, o.necrosis_starts,
                 at_once(o.necrosis_starts) if o.deterministic else o.necrosis_full,
                 AT_ONCE if o.deterministic else o.necrosis_rate)
                if o else (0.0, 1.0, 0.0, -1.0, 0.0)
                for o in mine
            ]  # fmt: skip
            columns = dict(zip(("none", "full", "starts", "worst", "rate"), map(k.array, np.array(rows).T)))
            tables[p.substrates.index(name)] = columns | {"responds": k.array([o is not None for o in mine], np.uint8)}
        return dict(sorted(tables.items()))

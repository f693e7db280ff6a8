"""A cell reads itself: every kind of signal of its own, and nothing that others fill."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement

from gputme.columns import Death
from gputme.ops.rules.signals import example
from gputme.vocabulary import SIGNALS, SignalKind

OWN = {SignalKind[signal.name.upper()] for signal in SIGNALS if signal.operation == "signals"}


def immunogenicity(args: dict, number: int) -> np.ndarray:
    """A behaviour of each cell: its own where one is set, else its type's."""
    if args["slot"][number] >= 0:
        return args["ruled"].reshape(-1, args["stride"])[args["slot"][number], : args["n"]]
    return args["table"].reshape(3, -1)[args["type"], number]


def test_every_signal_of_its_own_is_read():
    args = example(50, np.random.default_rng(2), np.float64)
    args["sensed"][:] = -7
    n, stride = args["n"], args["stride"]
    sensed = check_agreement("signals", args, "fp64")["sensed"].reshape(-1, stride)[:, :n]
    volume = args["fluid"] + args["nuclear"] + args["cytoplasmic"]
    internal, custom = (args[s].reshape(2, stride)[:, :n] for s in ("internal", "custom"))
    for w, kind in enumerate(args["kind"]):
        got = sensed[args["row"][w]]
        expected = {
            SignalKind.INTERNAL: internal[args["index"][w]] / volume,
            SignalKind.PRESSURE: args["pressure"],
            SignalKind.VOLUME: volume,
            SignalKind.DAMAGE: args["damage"],
            SignalKind.IMMUNOGENICITY: immunogenicity(args, args["index"][w]),
            SignalKind.ATTACKING: args["attacking"],
            SignalKind.DAMAGE_DELIVERED: args["delivered"],
            SignalKind.ATTACK_TIME: args["attack_time"] / 1024,
            SignalKind.MEMBRANE: args["touch"],
            SignalKind.DEAD: args["death"] != Death.ALIVE,
            SignalKind.APOPTOTIC: args["death"] == Death.APOPTOTIC,
            SignalKind.NECROTIC: (args["death"] == Death.NECROTIC) | (args["death"] == Death.LYSED),
            SignalKind.TIME: args["time"],
            SignalKind.CUSTOM: custom[args["index"][w]],
        }.get(SignalKind(kind), -7)
        rtol = 1e-15 if kind != SignalKind.ATTACK_TIME else 1e-7
        np.testing.assert_allclose(got, expected, rtol=rtol, err_msg=SignalKind(kind).name)


def test_signals_of_others_are_left_alone():
    args = example(20, np.random.default_rng(4), np.float32)
    args["sensed"][:] = -7
    sensed = check_agreement("signals", args)["sensed"].reshape(-1, args["stride"])
    untouched = {SignalKind(k) for k, row in zip(args["kind"], args["row"]) if (sensed[row] == -7).all()}
    assert untouched == set(SignalKind) - OWN

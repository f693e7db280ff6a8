"""Pictures: what a slice cuts, what stands in it, and colours that can be told apart."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from bonds_of import bonded
from duels import duels
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from tiny import TEXT, tiny

import gputme
from gputme import folders, runner
from gputme.engine import Simulation
from gputme.errors import RunError, ScenarioError
from gputme.io import Frame, Run
from gputme.model import load, loads
from gputme.report import State, paragraph, series_picture, slice_picture, states
from gputme.report.colouring import painting
from gputme.report.cut import cut
from gputme.report.ground import chosen, layer
from gputme.report.palette import TYPE_COLOURS
from gputme.report.results import EVENTS as TOLD
from gputme.report.series import EVENTS as DRAWN
from gputme.report.series import _named, panels
from gputme.report.slice import draw_slice
from gputme.report.style import STATE_COLOURS, field_colours, pretty
from gputme.state.tissue import Tissue


@pytest.fixture(scope="module")
def simulation():
    """The tiny scenario after 40 min, with rows of its series."""
    made = Simulation(tiny(), backend="numpy")
    made.rows = [made.summary()]
    made.observe(lambda s: s.rows.append(s.summary()), "5 min")
    return made.run("40 min")


@given(st.lists(st.tuples(st.floats(-40, 40), st.floats(1, 12)), min_size=1, max_size=30))
def test_a_plane_cuts_spheres_in_the_right_circles(balls):
    z, radius = np.array(balls).T
    none = np.zeros(len(z))
    cells = {"id": none, "x": none, "y": none, "z": z, "radius": radius}
    shown = cut(Frame(index=0, tick=0, cells=cells, fields={}), dimensions=3)
    assert shown.plane == pytest.approx(z.mean())
    met = np.abs(z - shown.plane) < radius
    assert set(shown.which) == set(np.flatnonzero(met))
    np.testing.assert_allclose(shown.radius**2 + (z[met] - shown.plane) ** 2, radius[met] ** 2, rtol=1e-9)


def test_in_2d_every_cell_is_shown_at_its_full_size(simulation):
    frame = simulation.frame(0)
    shown = cut(frame, dimensions=2)
    assert len(shown.which) == len(frame.cells["id"])
    np.testing.assert_array_equal(shown.radius, frame.cells["radius"].astype(float))


def test_a_slice_shows_each_cell_once_in_the_colour_of_its_state(simulation):
    frame = simulation.frame(0)
    axes = Figure().add_subplot()
    draw_slice(axes, frame, simulation.scenario)
    state = states(frame, simulation.scenario)
    drawn = [(len(c.get_offsets()), tuple(c.get_facecolor()[0])) for c in axes.collections]
    for s in State:
        if number := int((state == s).sum()):
            assert (number, to_rgba(STATE_COLOURS[s])) in drawn
    diameters = np.concatenate([c.get_widths() for c in axes.collections[: len(set(state))]])
    assert sorted(diameters) == pytest.approx(sorted(2 * frame.cells["radius"].astype(float)))


def test_cells_that_others_hold_are_ringed(tmp_path):
    """Each once, however many hold it."""
    simulation = duels(tmp_path, 2, 1, "cell_type.killer.attack.hit_rate=0", sets=30).run("30 min")
    frame = simulation.frame(0)
    held = np.unique(frame.cells["held_id"][frame.cells["held_id"] > 0])
    assert len(held) == 30
    axes = Figure().add_subplot()
    draw_slice(axes, frame, simulation.scenario)
    rings = axes.collections[-1]
    assert not len(rings.get_facecolor())
    targets = np.isin(frame.cells["id"], held)
    np.testing.assert_allclose(rings.get_offsets()[:, 0], frame.cells["x"][targets], rtol=1e-6)
    assert axes.get_legend().get_texts()[-1].get_text() == "attacked (30), and by whom"


def place(cells, ids):
    """Where the cells of these ids lie, (n, 2)."""
    at = np.argsort(cells["id"])[np.searchsorted(np.sort(cells["id"]), ids)]
    return np.column_stack([cells["x"][at], cells["y"][at]])


def lines_of(frame, scenario):
    """The ends of all lines of a slice, (n, 2, 2), and the text of the legend."""
    axes = Figure().add_subplot()
    draw_slice(axes, frame, scenario)
    found = [np.array(c.get_segments()) for c in axes.collections if isinstance(c, LineCollection)]
    return np.concatenate([*found, np.zeros((0, 2, 2))]), [t.get_text() for t in axes.get_legend().get_texts()]


def test_a_line_leads_from_each_killer_to_whom_it_holds(tmp_path):
    simulation = duels(tmp_path, 2, 1, "cell_type.killer.attack.hit_rate=0", sets=30).run("30 min")
    frame = simulation.frame(0)
    killers = np.flatnonzero(frame.cells["held_id"])
    assert len(killers) > 30, "some are held by two"
    lines, _ = lines_of(frame, simulation.scenario)
    np.testing.assert_allclose(lines[:, 0], place(frame.cells, frame.cells["id"][killers]), rtol=1e-6)
    np.testing.assert_allclose(lines[:, 1], place(frame.cells, frame.cells["held_id"][killers]), rtol=1e-6)


def test_neither_dead_killers_nor_dead_targets_are_shown_as_attacking(tmp_path):
    """Who dies by itself still holds, or is held, in the frame that the step ends with."""
    simulation = duels(tmp_path, 1, 1, "cell_type.killer.attack.hit_rate=0", sets=30).run("30 min")
    frame = simulation.frame(0)
    killers = np.flatnonzero(frame.cells["held_id"])
    victim = np.flatnonzero(frame.cells["id"] == frame.cells["held_id"][killers[1]])
    death = frame.cells["death"].copy()
    death[killers[0]] = death[victim] = 1
    frame = dataclasses.replace(frame, cells=dict(frame.cells) | {"death": death})
    lines, legend = lines_of(frame, simulation.scenario)
    assert len(lines) == len(killers) - 2
    assert legend[-1] == f"attacked ({len(killers) - 2}), and by whom"


def test_attached_cells_are_joined_by_a_line_but_not_across_a_domain_that_goes_on_behind_its_side(tmp_path):
    places = np.array([[-190.0, 0, 0], [0, 0, 0], [150, 0, 0], [190, 0, 0]])
    pairs = [(1, 2), (2, 3), (1, 4)]
    shorter = {(-190, 0), (0, 150)}
    for walls, expected in (("", shorter | {(-190, 190)}), ('x_min = "periodic"\nx_max = "periodic"', shorter)):
        simulation = Simulation(bonded(tmp_path, places, pairs, walls=walls), backend="numpy")
        lines, legend = lines_of(simulation.frame(0), simulation.scenario)
        ends = {tuple(sorted(line[:, 0].round().tolist())) for line in lines}
        assert ends == expected
        assert legend[-1] == f"attached ({len(expected)} pairs)"


def test_every_kind_of_event_is_told_and_drawn():
    """But removals, which are what becomes of the dead."""
    kinds = set(Tissue.COUNTS) - {"removals"}
    assert set(TOLD) == kinds
    assert set(DRAWN) == kinds
    assert len({colour_and_pattern(name) for name in DRAWN}) == len(DRAWN)


def colour_and_pattern(name):
    """As the panel of events draws it where all kinds happen."""
    colours = list(DRAWN.values())
    place = list(DRAWN).index(name)
    return colours[place], colours[:place].count(colours[place])


def test_the_paragraph_counts_attacks_and_kills(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    simulation = duels(Path(), 1, 1, sets=30)
    run = gputme.run(simulation, tmp_path / "run", until="2 h")
    counts = simulation.tissue.counts
    text = paragraph(run, simulation.scenario)
    assert f"{counts['kills']} of these by hits of killers, {counts['attacks']} cells seized" in text
    assert "extent (as the radius of a full disc or ball) stayed at" in text, "nobody moves"


def test_several_types_are_told_apart_by_their_own_colours():
    text = load("hypoxic-tumour").source_text + """
[[cell_type]]
name = "other"
inherits = "tumour"
color = "magenta"
[[cells]]
type = "other"
disc = { centre = ["300 um", "0 um"], radius = "50 um" }
"""
    simulation = Simulation(loads(text), backend="numpy")
    axes = Figure().add_subplot()
    draw_slice(axes, simulation.frame(0), simulation.scenario)
    labels = [text.get_text().split(" (")[0] for text in axes.get_legend().get_texts()]
    assert labels == ["tumour", "other"]


TYPES = """
[[cell_type]]
name = "other"
inherits = "tumour"
"""


def states_and_types():
    """A frame with two types, each in every state, side by side."""
    simulation = Simulation(loads(tiny().source_text + TYPES, overrides=["numerics.backend=numpy"]))
    frame = simulation.frame(0)
    n = len(frame.cells["id"])
    kinds, death = np.arange(n) % 2, np.arange(n) // 2 % 4 % 3
    cells = frame.cells | {"type": kinds.astype(np.uint8), "death": death.astype(np.uint8)}
    field = np.where(np.arange(10)[None, None, :] < 5, 1.0, 38.0) * np.ones((1, 10, 10))
    return Frame(0, 0, cells, {"oxygen": field}, spacing=frame.spacing, origin=frame.origin), simulation.scenario


def test_types_and_states_are_readable_at_once():
    frame, scenario = states_and_types()
    groups = painting(frame, scenario, np.arange(len(frame.cells["id"]))).groups
    state = states(frame, scenario)
    assert {State.PROLIFERATING, State.QUIESCENT, State.APOPTOTIC, State.NECROTIC} == set(state)
    seen = {}
    for g in groups:
        for i, member in enumerate(g.members):
            edge = g.edge[i] if isinstance(g.edge, list) else g.edge
            seen.setdefault((to_rgba(g.face), to_rgba(edge)), set()).add((frame.cells["type"][member], state[member]))
    assert sum(len(g.members) for g in groups) == len(state)
    assert all(len(meant) == 1 for meant in seen.values()), "one look, one type and state"
    assert len(seen) == 8


SIGHTS = (  # normal, and Machado, Oliveira and Fernandes (2009): protanopia, deuteranopia, tritanopia
    np.eye(3),
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
)


def cielab(colours, sight):
    """CIELAB of sRGB colours (n, 3) as a reader with this sight sees them."""
    linear = np.where(colours > 0.04045, ((colours + 0.055) / 1.055) ** 2.4, colours / 12.92) @ np.transpose(sight)
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    x, y, z = np.cbrt(np.clip(linear, 0.001, 1) @ np.transpose(to_xyz) / [0.95047, 1, 1.08883]).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


def test_colours_of_types_are_apart_from_those_of_death_and_state_for_all_readers():
    types = np.array([to_rgba(c)[:3] for c in TYPE_COLOURS])
    living = np.array([to_rgba(STATE_COLOURS[s])[:3] for s in (State.PROLIFERATING, State.QUIESCENT)])
    dead = np.array([to_rgba(STATE_COLOURS[s])[:3] for s in (State.APOPTOTIC, State.NECROTIC)])
    for sight in SIGHTS:
        mine = cielab(types, sight)
        for others, least in ((types, 13), (living, 16), (dead, 25)):
            gaps = np.linalg.norm(mine[:, None] - cielab(others, sight), axis=-1)
            gaps[gaps == 0] = np.inf
            assert gaps.min() > least


def test_cells_are_coloured_by_type_clone_column_or_substrate(simulation):
    frame, scenario = simulation.frame(0), simulation.scenario
    which = np.arange(len(frame.cells["id"]))
    for way in ("type", "clone", "state"):
        groups = painting(frame, scenario, which, way).groups
        assert sorted(np.concatenate([g.members for g in groups])) == which.tolist()
    ages = painting(frame, scenario, which, "birth")
    np.testing.assert_array_equal(ages.groups[0].face, frame.cells["birth"])
    assert ages.whole
    assert painting(frame, scenario, which, "oxygen").scale[2] == "oxygen (mmHg)"
    assert painting(frame, scenario, which, "radius").scale[2] == "radius (µm)"
    with pytest.raises(RunError, match="did you mean 'radius'"):
        painting(frame, scenario, which, "raduis")
    assert painting(frame, scenario, which, "volume").scale[2] == "volume (µm³)"
    assert painting(frame, scenario, which, "age").scale[2] == "age (min)"
    living = painting(frame, scenario, which, "death").groups[0]
    assert (living.label, len(living.members)) == ("alive", (frame.cells["death"] == 0).sum())
    (live,) = painting(frame, scenario, which, "phase").groups
    assert (live.label, len(live.members)) == ("live", len(which))


def test_cells_without_a_variable_are_not_shown_with_a_value():
    other = TEXT.replace("[[cells]]", '[[cell_type]]\nname = "plain"\n\n[[cells]]', 1)
    other = other.replace('name = "tumour"\n', 'name = "tumour"\ncustom.marker = { value = 3 }\n', 1)
    other += '\n[[cells]]\ntype = "plain"\ndisc = { radius = "10 um", centre = ["80 um", "0 um"] }\n'
    simulation = Simulation(loads(other), backend="numpy")
    frame, kinds = simulation.frame(0), simulation.cells["type"]
    painted = painting(frame, simulation.scenario, np.arange(len(kinds)), "marker")
    np.testing.assert_array_equal(np.isnan(painted.groups[0].face), kinds == 1)
    assert painted.scale[:2] == (3, 3), "the one value that there is"
    axes = Figure().add_subplot()
    draw_slice(axes, frame, simulation.scenario, color="marker")
    assert axes.figure.axes == [axes], "one value is no scale"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["marker: 3, in all of them"]
    assert painting(frame, simulation.scenario, np.flatnonzero(kinds == 1), "marker").scale is None


def test_the_field_shown_is_the_one_that_matters():
    text = tiny().source_text + """
[[substrate]]
name = "factor"
diffusion = 1000
decay = 0.05
"""
    scenario = loads(text)
    flat, steep = np.full((1, 10, 10), 38.0), np.linspace(0, 1, 100).reshape(1, 10, 10)
    make = lambda **fields: Frame(0, 0, {}, fields)  # noqa: E731
    assert chosen(make(factor=steep, oxygen=38 * steep), scenario) == "oxygen"
    assert chosen(make(factor=steep, oxygen=flat), scenario) == "factor"  # a flat field shows nothing
    wanted = loads(text, overrides=["output.picture=factor"])
    assert chosen(make(oxygen=38 * steep, factor=steep), wanted) == "factor"
    assert chosen(make(oxygen=38 * steep, factor=steep), wanted, "oxygen") == "oxygen"
    assert chosen(make(oxygen=flat), scenario, "none") == chosen(make(), scenario) == ""
    with pytest.raises(ScenarioError, match=r"output\.picture.*did you mean 'factor'"):
        loads(text, overrides=["output.picture=facter"])


@pytest.mark.parametrize("axis", "xyz")
def test_a_plane_across_any_axis_shows_the_values_at_its_place(axis):
    rng = np.random.default_rng(3)
    frame = Frame(0, 0, {}, {"u": rng.random((4, 5, 6))}, spacing=(10, 10, 10), origin=(-30, -25, -20))
    a = "xyz".index(axis)
    values, first, second = layer(frame, "u", a, frame.origin[a] + 15)
    expected = np.take(frame.fields["u"], 1, axis=2 - a)
    np.testing.assert_array_equal(values, expected)
    b, c = (i for i in range(3) if i != a)
    assert (first[0], second[0]) == (frame.origin[b] + 5, frame.origin[c] + 5)
    assert values.shape == (len(second), len(first))


def test_coordinates_stand_where_the_view_is_less_than_the_domain(simulation):
    frame = simulation.frame(0)
    for size, zoomed in (("200 um", False), ("1000 um", True)):
        scenario = tiny(f'domain.size=["{size}", "{size}"]')
        axes = Figure().add_subplot()
        draw_slice(axes, frame, scenario, "none")
        assert bool(len(axes.get_xticks())) == zoomed
        assert axes.get_xlabel() == ("x (µm)" if zoomed else "")
        bar = axes.lines[-1]
        assert min(bar.get_ydata()) > 1, "the scale bar stands above the picture, in shares of its height"


def test_a_panel_has_one_unit_and_no_panel_is_empty(simulation):
    series = {name: np.array([row[name] for row in simulation.rows]) for name in simulation.rows[0]}
    scenario = loads(simulation.scenario.source_text + '\n[[substrate]]\nname = "drug"\nunit = "uM"\ndiffusion = 1\n')
    series["mean drug"] = np.linspace(0, 1, len(series["time"]))
    found = panels(series, scenario)
    titles = {p.title: list(p.lines) for p in found}
    assert titles["Mean over the domain (mmHg)"] == ["oxygen"]
    assert titles["Mean over the domain (µM)"] == ["drug"]
    assert all(p.lines for p in found)
    assert [p.whole for p in found] == [True, True, False, False, False]
    series |= dict.fromkeys(("births", "apoptoses", "necroses", "mean drug"), np.zeros(len(series["time"])))
    assert len(panels(series, scenario)) == 3


def test_series_that_are_named_share_a_panel_where_they_share_a_unit(simulation):
    names = ("alive", "births", "extent", "cell radius tumour", "volume", "mean oxygen", "internal oxygen")
    series = {name: np.ones(2) for name in ("time", *names)}
    found = {p.title: list(p.lines) for p in _named(series, simulation.scenario, [*names[:5], "oxygen", names[6]])}
    assert found == {
        "Number": ["alive", "births"], "Length (µm)": ["extent", "cell radius tumour"], "Volume (µm³)": ["volume"],
        "Mean over the domain (mmHg)": ["mean oxygen"], "Amount (mmHg µm³)": ["internal oxygen"],
    }  # fmt: skip


def test_units_as_figures_show_them():
    shown = {"um": "µm", "um3": "µm³", "um2/min": "µm²/min", "uM": "µM", "mmHg": "mmHg", "tick": "tick"}
    shown |= {"R = 250 um, D 1e5 um2/min": "R = 250 µm, D 1e5 µm²/min", "sum of umbrellas": "sum of umbrellas"}
    assert {unit: pretty(unit) for unit in shown} == shown


@pytest.mark.parametrize("minutes", [0, 40])
def test_pictures_are_written_even_without_cells_or_time(tmp_path, simulation, minutes):
    frame = simulation.frame(0)
    if not minutes:
        empty = {name: values[:0] for name, values in frame.cells.items()}
        frame = Frame(0, 0, empty, frame.fields, spacing=frame.spacing, origin=frame.origin)
    assert slice_picture(frame, simulation.scenario, tmp_path / "slice.png").stat().st_size > 10_000
    rows = simulation.rows if minutes else simulation.rows[:1]
    series = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    assert series_picture(series, simulation.scenario, tmp_path / "series.png").stat().st_size > 10_000


def lightness(colours):
    """CIELAB L of sRGB colours (..., 3)."""
    linear = np.where(colours > 0.04045, ((colours + 0.055) / 1.055) ** 2.4, colours / 12.92)
    return 116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16


def test_the_lightness_of_the_field_falls_evenly():
    values = lightness(field_colours()(np.linspace(0, 1, 64))[:, :3])
    steps = np.diff(values)
    assert values[0] > 95
    assert values[-1] < 40
    assert (steps < 0).all()
    assert steps.min() / steps.max() < 1.35


def test_the_paragraph_agrees_with_the_run(tmp_path):
    simulation = Simulation(tiny(), backend="numpy")
    with folders.new_folder(simulation, tmp_path / "run") as folder:
        runner.run(simulation, folder, simulation.ticks("30 min"))
    text, births = paragraph(Run(tmp_path / "run"), simulation.scenario), simulation.tissue.counts["births"]
    assert births > 1
    assert text.startswith(f"In 30 min 49 cells became {simulation.tissue.cells.n} ({births} births")
    assert f"{simulation.fields['oxygen'].min():.3g} mmHg" in text
    assert "\n" not in text

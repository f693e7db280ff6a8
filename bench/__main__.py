"""`python -m bench`: how fast gputme is, and how much memory it takes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from bench.timing import machine
from gputme import backends

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results"


def tables(names: str | None) -> dict[str, backends.Kernels]:
    """Kernel tables of the named backends, or of all that are present."""
    found = backends.available()
    chosen = names.split(",") if names else [name for name, (there, _) in found.items() if there]
    return {name: backends.create(name, threads=1) for name in chosen}


@click.group(help=__doc__, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(context: click.Context) -> None:
    click.echo(machine())
    start = time.time()
    context.call_on_close(lambda: click.echo(f"\n{time.time() - start:.0f} s"))


@main.command()
@click.argument("names", nargs=-1)
@click.option("--backends", "which", help="Comma-separated; all that are present unless given.")
@click.option("--size", default=1_000_000, show_default=True, help="Cells or voxels.")
def ops(names: tuple[str, ...], which: str | None, size: int) -> None:
    """Every operation: time, updates and bytes per second."""
    from bench.ops import lines

    click.echo(f"{'operation':<20} {'backend':<8} {'items':>9} {'ms':>10} {'updates/s':>11} {'GB/s':>7}")
    for r in lines(tables(which), size, list(names)):
        click.echo(
            f"{r['operation']:<20} {r['backend']:<8} {r['items']:>9} {r['ms']:>10.3f} "
            f"{r['updates/s']:>11.3g} {r['GB/s']:>7.2f}"
        )


@main.command()
@click.option("--steps", default=200, show_default=True, help="Steps of the lattice.")
@click.option("--reference", help="Interpreter of an environment with metaspread; one is made unless given.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Also write what is said to this file.")
def franssen(steps: int, reference: str | None, out: Path | None) -> None:
    """A step of cells on a lattice, beside MetaSpread's: minutes."""
    from bench.franssen import lines

    said = [machine()]
    for line in lines(steps, reference):
        click.echo(line)
        said.append(line)
    if out:
        out.write_text("\n".join(said) + "\n")


@main.command()
def bars() -> None:
    """What must be reached on one core, and what was."""
    from bench.bars import rows

    for work, backend, measured, bar, reached in rows():
        click.echo(f"{'reached' if reached else 'MISSED':<8} {work:<66} {backend:<7} {measured:>12}   {bar}")


@main.command()
@click.argument("only", default="")
@click.option("--backends", "which", help="Comma-separated; all that are present unless given.")
def scenes(only: str, which: str | None) -> None:
    """Whole steps, and the share of each operation; of all scenes, or of those whose name holds a text."""
    from bench.scenes import BEFORE, SCENES, rate, shares
    from gputme.engine import Simulation

    for scene, make in ((scene, make) for scene, make in SCENES.items() if only in scene):
        for name, k in tables(which).items():
            before = BEFORE.get(scene, "") if name != "numpy" else ""
            simulation = Simulation(make(), backend=k)
            if before:
                simulation.run(before)
            speed = rate(simulation, 5 if name == "numpy" else 30)
            click.echo(f"\n{scene}, {simulation.tissue.cells.n} cells, {name}: {speed:.3g} simulated min/s")
            spent, total = shares(k, make(), 3 if name == "numpy" else 20, before)
            for op, seconds in sorted(spent.items(), key=lambda item: -item[1])[:10]:
                click.echo(f"  {op:<20} {100 * seconds / total:5.1f} %")
            click.echo(f"  {'outside kernels':<20} {100 * (1 - sum(spent.values()) / total):5.1f} %")


@main.command()
@click.argument("only", default="")
@click.option("--cells", default=1_000_000, show_default=True, help="Cells of the crowd.")
def meetings(only: str, cells: int) -> None:
    """What it costs that cells meet, beside mechanics: one thread, seconds of the processor; and memory. Of all scenes,
    or of those whose name holds a text."""
    from bench.meetings import peak_of, works

    for name, c in works(only, cells):
        click.echo(
            f"\n{name}, {c.cells} cells: {1e3 * c.total:.3g} ms a step, of which mechanics {1e3 * c.mechanics:.3g}, "
            f"meeting {1e3 * c.meeting:.3g} ({c.meeting / c.mechanics:.2f} of it); "
            f"{c.columns + c.solvers:.0f} bytes a cell (columns {c.columns:.0f}, solvers {c.solvers:.0f})"
        )
        for op, seconds in sorted(c.launches.items(), key=lambda item: -item[1])[:5]:
            click.echo(f"  {op:<20} {100 * seconds / c.total:5.1f} %")
    click.echo(f"\npeak of a process with a crowd of {cells} that meets, all threads: {peak_of(cells) / 1e9:.2f} GB")


@main.command()
@click.option("--cells", default=100_000, show_default=True, help="Cells, all of which remodel the matrix.")
@click.option("--side", default=100, show_default=True, help="Voxels along each side.")
@click.option("--rounds", default=7, show_default=True, help="Steps, each beside a V-cycle; the least counts.")
def matrix(cells: int, side: int, rounds: int) -> None:
    """What all operations of the matrix cost in a step, in V-cycles: one thread, seconds of the processor."""
    from bench.matrix import cost

    c = cost(cells, side, rounds)
    click.echo(
        f"{c.cells} cells, {c.voxels} voxels: the matrix takes {c.cycles:.2f} V-cycles a step "
        f"({1e3 * c.total:.3g} ms; a V-cycle {1e3 * c.cycle:.3g} ms)"
    )
    for op, seconds in sorted(c.launches.items(), key=lambda item: -item[1]):
        click.echo(f"  {op:<20} {1e3 * seconds:8.2f} ms")
    click.echo(f"  {'less motility':<20} {1e3 * c.motility:8.2f} ms, the same walk without fibres")


@main.command()
@click.option("--cells", default=100_000, show_default=True, help="Cells, all of which exchange all substrates.")
@click.option("--side", default=60, show_default=True, help="Voxels along each side.")
@click.option("--rounds", default=3, show_default=True, help="Hours of each; the least counts.")
def substrates(cells: int, side: int, rounds: int) -> None:
    """What a dozen substrates cost beside oxygen alone: the fields' phase of an hour, one thread, processor time."""
    from bench.substrates import cost

    c = cost(cells, side, rounds)
    click.echo(f"{cells} cells, {side}^3 voxels: a dozen substrates cost {c.ratio:.2f} times oxygen alone")
    click.echo(f"  oxygen alone                 {c.alone:8.2f} s an hour")
    click.echo(f"  a dozen, field_error 0.1     {c.dozen:8.2f} s an hour")
    click.echo(f"  a dozen, all in every step   {c.each:8.2f} s an hour, {c.each / c.alone:.2f} times")


@main.command()
@click.option("--side", default=1200.0, show_default=True, help="Of the box, um; a mm3 has about 8600 segments.")
@click.option("--hours", default=48, show_default=True, help="Updates that are timed, after as many others.")
def vessels(side: float, hours: int) -> None:
    """What an hourly update of growing vessels and of their blood costs, in seconds of the processor."""
    from bench.vessels import cost

    c = cost(side, hours, hours)
    click.echo(f"{c.segments} segments, {c.tips} tips: {1e3 * c.total:.1f} ms an update")
    for part, seconds in c.parts.items():
        click.echo(f"  {part:<26} {1e3 * seconds:8.2f} ms")


@main.command()
@click.argument("other", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--rounds", default=5, show_default=True, help="Pairs of runs of each work.")
@click.option("--only", default="", help="Only works whose name holds this text.")
@click.option("--cpu", is_flag=True, help="Seconds of the processor; works of one thread, on a machine in use.")
def against(other: Path, rounds: int, only: str, cpu: bool) -> None:
    """This checkout against OTHER (a folder with another commit), in alternation."""
    from bench.against import rows

    _paired(rows(other.resolve(), rounds, only, cpu), "here", "there", rounds)


@main.command()
@click.option("--rounds", default=5, show_default=True, help="Pairs of runs of each work.")
def threads(rounds: int) -> None:
    """Two threads against one, in alternation."""
    from bench.against import thread_rows

    _paired(thread_rows(rounds), "two", "one", rounds)


def _paired(rows: Iterable[tuple[str, float, float, list[float]]], one: str, other: str, rounds: int) -> None:
    click.echo(f"{'work':<36} {one:>10} {other:>10}   faster by (smallest to largest of {rounds})")
    for name, a, b, ratios in rows:
        middle = ratios[len(ratios) // 2]
        click.echo(f"{name:<36} {a:>8.4f} s {b:>8.4f} s   {middle:.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f})")


@main.command()
@click.option("--backends", "which", help="Comma-separated; all that are present unless given.")
@click.option("--largest", default=1_000_000, show_default=True, help="Most cells.")
@click.option("--picture/--no-picture", default=True, show_default=True, help="Write bench/results/scaling.png.")
def scaling(which: str, largest: int, picture: bool) -> None:
    """Speed over cells and voxels, and memory per cell and voxel."""
    from bench.scaling import CELLS, memory, over_cells, over_voxels

    curves = {}
    for name, k in tables(which).items():
        sizes = [n for n in CELLS if n <= (10_000 if name == "numpy" else largest)]
        curves[name] = list(over_cells(k, sizes)), list(over_voxels(k))
        for n, forces, fates in curves[name][0]:
            click.echo(
                f"{name}: {n:>8} cells   mechanics {forces:.3g} cell-steps/s   motility + fate {fates:.3g} cells/s"
            )
        for n, cycles, swept in curves[name][1]:
            click.echo(
                f"{name}: {n:>8} voxels  V-cycle {cycles:.3g} voxels/s   split sweeps {swept:.3g} voxel-updates/s"
            )
    for what, value in memory().items():
        click.echo(f"memory: {value:7.1f} bytes {what}")
    if picture:
        from bench.plot import scaling_picture

        click.echo(f"picture: {scaling_picture(curves, RESULTS / 'scaling.png').relative_to(ROOT)}")


@main.command()
@click.option("--physicell", type=click.Path(exists=True, file_okay=False, path_type=Path), help="PhysiCell's sources.")
@click.option("--rounds", default=5, show_default=True, help="Runs of every program in each comparison.")
@click.option("--only", default="", help="Only works whose name holds this text, such as '10^5'.")
@click.option("--largest-peer", default=100_000, show_default=True, help="Most cells that peers are given.")
@click.option("--log/--no-log", default=True, show_default=True, help="Add to bench/results/peers-DATE-COMMIT.txt.")
def peers(physicell: Path | None, rounds: int, only: str, largest_peer: int, log: bool) -> None:
    """The same spheroid in gputme and its peers, in alternation: speed, memory, and error of oxygen."""
    from bench.peers.report import report

    report(physicell, rounds, only, largest_peer, RESULTS if log else None, click.echo)


@main.command()
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--cells", type=int, help="Also run a spheroid of so many cells: what pictures and page add to it.")
@click.option("--minutes", default=60.0, show_default=True, help="Simulated, of this run.")
def report(runs: tuple[Path, ...], cells: int | None, minutes: float) -> None:
    """The page of each run: its size, and how long it takes."""
    from bench.reports import costs, growth

    if cells:
        with TemporaryDirectory() as folder:
            g = growth(cells, minutes, Path(folder) / "run")
        click.echo(f"{g.cells} cells, processor time: the run {g.run:.1f} s, pictures {g.pictures:.2f} s")
        share = 100 * g.page / (g.run + g.pictures)
        click.echo(f"the page {g.page:.2f} s, {share:.2g} % of both; allowed are {g.allowed:.2f} s")
    if not runs:
        return
    click.echo(f"{'run':<20} {'frames':>10} {'cells':>10} {'MB':>6} {'s':>6} {'slice.png, s':>13}")
    for c in costs(runs):
        click.echo(
            f"{c.run:<20} {c.frames:>10} {c.cells:>10} {c.megabytes:>6.2f} {c.seconds:>6.2f} {c.picture:>13.2f}"
        )


@main.command()
def launches() -> None:
    """What a launch costs the host, checked each time and prepared, and what a small run spends beside kernels."""
    from bench.launches import rows, small

    head = f"{'operation':<20} {'arguments':>9} {'checked us':>11} {'whole us':>9} {'followed us':>12}"
    click.echo(f"{head} {'changed us':>11}")
    found = list(rows())
    for name, arguments, *us in found:
        click.echo(f"{name:<20} {arguments:>9} {us[0]:>11.2f} {us[1]:>9.2f} {us[2]:>12.2f} {us[3]:>11.2f}")
    us = [sorted(column)[len(found) // 2] for column in zip(*(row[2:] for row in found))]
    click.echo(f"{'median':<30} {us[0]:>11.2f} {us[1]:>9.2f} {us[2]:>12.2f} {us[3]:>11.2f}")
    s = small()
    click.echo(
        f"\nmacrophage-switch, {s.cells} cells: {s.calls:.0f} calls of kernels a step, {s.kernels:.2f} ms in them and "
        f"{s.outside:.2f} ms beside them, {s.per_call:.1f} us for each call"
    )


@main.command()
def bodies() -> None:
    """What a body costs beside its live tissues, against the bar of 5 %."""
    from bench import bodies as b

    head = f"{'run':<44} {'tissues':>7} {'cells':>6} {'passed':>6} {'body s':>7} {'tissues s':>9}"
    click.echo(f"{head} {'more':>7}")
    for c in b.rows():
        met = "met" if c.more <= b.BAR else "MISSED"
        click.echo(f"{c.name:<44} {c.tissues:>7} {c.cells:>6} {c.passed:>6} {c.body:>7.2f} {c.parts:>9.2f} "
                   f"{c.more:>7.1%} {met}")  # fmt: skip


@main.command()
def registers() -> None:
    """Registers and spills of every kernel, written into kernels/README.md."""
    from bench.registers import write

    click.echo(write())


@main.command()
@click.argument("names", nargs=-1)
def referee(names: tuple[str, ...]) -> None:
    """Our curves of the agreed referee problems, as CSV in bench/results/referee."""
    from bench.referee import problems, write

    for name in names or problems():
        path, last = write(name, RESULTS / "referee")
        shown = ", ".join(f"{k} {v:.5g}" for k, v in list(last.items())[:6])
        click.echo(f"{path.name:<40} {shown}")


@main.command()
def spheroids() -> None:
    """Predicted growth of melanoma spheroids, as CSV in bench/results (about half an hour)."""
    from bench.spheroids import predict

    for line in predict(RESULTS / "predictions-wm983b.csv"):
        click.echo(line)


@main.command()
@click.option("--cascade", is_flag=True, help="Of tme-metastasis-small: what promotes dissemination.")
@click.option("--seeds", default=20, help="How many are run, of 10, or 20 with --cascade; all unless given.")
@click.option("--workers", default=2, show_default=True, help="Runs at a time, one thread each.")
@click.argument("names", nargs=-1)
def knockouts(names: tuple[str, ...], cascade: bool, seeds: int, workers: int) -> None:
    """What becomes of tme-knockout where one part is taken away: all arms, or those named and what they are compared
    with. Runs that are in bench/results/knockouts.csv (dissemination.csv with --cascade) for the scenarios of today are
    not repeated. Writes the table in docs/mission.md and its figure."""
    from bench import dissemination
    from bench import knockouts as ko

    of_arms = dissemination if cascade else ko
    path = RESULTS / ("dissemination.csv" if cascade else "knockouts.csv")
    today = ko.digest(of_arms.ARMS, of_arms.scenario)
    of, found = ko.read(path, of_arms.READS)
    if of != today:
        found = {}
    chosen = [arm for arm in of_arms.ARMS if not names or arm.name in names]
    chosen += [arm for arm in of_arms.ARMS if arm.name in {a.against for a in chosen} and arm not in chosen]
    command = dissemination.COMMAND if cascade else "python -m bench knockouts"
    heads = [machine().replace("\n", "; "), command, f"digest {today}"]
    wanted = [(a, s) for s in of_arms.SEEDS[:seeds] for a in chosen if (a.name, s) not in found]
    for arm, seed, reads in _telling(ko.measured(wanted, workers, of_arms.values), len(wanted)):
        found[arm, seed] = reads
        ko.write(path, found, heads, of_arms.READS)
    made = ko.rows(found, of_arms.ARMS, of_arms.SEEDS)
    click.echo(ko.table(made, of_arms.READS))
    if not names and made:
        of_arms.publish(made, ROOT / "docs")


@main.command()
@click.option("--seeds", default=10, show_default=True, help="Of 10, how many are run at each step.")
@click.option("--until", default="", help="A time before the scenario's end.")
@click.option("--workers", default=2, show_default=True, help="Runs at a time, one thread each.")
@click.argument("name", default="tme")
def steps(name: str, seeds: int, until: str, workers: int) -> None:
    """What the base step of a scenario changes: what is read at its step and at a quarter of it. Writes
    bench/results/steps-NAME.csv and, of tme, the table in docs/mission.md."""
    from bench import steps as st
    from bench.pages import put

    own, finer = st.steps_of(name)
    wanted, found = [(step, seed) for seed in st.SEEDS[:seeds] for step in (finer, own)], {}
    heads = [machine().replace("\n", "; "), f"python -m bench steps {name} --until '{until}'"]
    for step, seed, reads in _telling(st.measured(name, wanted, workers, until), len(wanted)):
        found[step, seed] = reads
        st.write(RESULTS / f"steps-{name}.csv", found, heads)
    made = st.table(st.rows(found, own, finer), own, finer)
    click.echo(made)
    if name == "tme":
        put(ROOT / "docs" / "mission.md", "python -m bench steps", made)


def _telling(runs: Iterable[tuple], number: int) -> Iterator[tuple]:
    """The runs as they end, each with a line that says what was read and how long the rest takes."""
    start = time.time()
    for done, (which, seed, reads) in enumerate(runs, 1):
        left = (time.time() - start) / done * (number - done)
        said = ", ".join(f"{name} {value:.3g}" for name, value in reads.items())
        click.echo(f"{done} of {number}, {left / 60:.0f} min left: {which}, seed {seed}: {said}")
        yield which, seed, reads


if __name__ == "__main__":
    main(prog_name="python -m bench")

"use strict";
// The time series, by uPlot: small panels with one cursor, a line at the time that is shown, and values beside names.

const CHART = { height: 150, letters: 11 };
const PRINTED = { width: 222, height: 74, letters: 8 }; // three side by side on a sheet

class Charts {
  /** chosen: is told a time in minutes that somebody clicked. */
  constructor(told, place, chosen) {
    Object.assign(this, { told, place, chosen, drawn: [], minutes: 0, hovered: null });
    const span = told.series.time.at(-1) || 0;
    [this.unit, this.length] = span < 240 ? ["min", 1] : span < 4 * 1440 ? ["h", 60] : ["d", 1440];
    this.x = told.series.time.map((minutes) => minutes / this.length);
    this.draw();
  }

  get panels() {
    return this.told.series.panels;
  }

  /** Draw all panels anew, in the colours of now; printed: for a sheet of paper. */
  draw(printed = false) {
    this.size = printed ? PRINTED : CHART;
    this.drawn.forEach(({ plot }) => plot.destroy());
    this.look = paperNow();
    this.place.replaceChildren();
    if (!this.x.length) return;
    this.place.append(made("h2", {}, "Over time"));
    const grid = made("div", { class: "panels" });
    this.place.append(grid);
    this.drawn = this.panels.map((panel) => this.panel(panel, grid));
    this.label();
  }

  panel(panel, grid) {
    const colours = panel.lines.map((line) => hexOf(this.look.dark ? onDark(rgb(line.colour)) : rgb(line.colour)));
    const values = panel.lines.map(() => made("b", {}));
    const dashes = panel.lines.map((line, k) => panel.lines.slice(0, k).filter((other) => other.colour === line.colour).length);
    const names = panel.lines.map((line, k) => made("li", {}, swatch(colours[k], dashes[k]), line.label ? [made("bdi", {}, line.label), " "] : "", values[k]));
    const body = made("div", { class: "plot" });
    grid.append(made("article", {}, made("h3", {}, panel.title), made("ul", { class: "names" }, names), body));
    const plot = new uPlot(this.options(panel, colours, dashes, body), [this.x, ...panel.lines.map((line) => line.values)], body);
    plot.over.addEventListener("click", () => {
      if (plot.cursor.left >= 0) this.chosen(plot.posToVal(plot.cursor.left, "x") * this.length);
    });
    return { plot, body, panel, values };
  }

  options(panel, colours, dashes, body) {
    const { look, unit } = this;
    const faint = look.dark ? "#2a3139" : "#e3e5e9";
    const muted = look.dark ? "#97a1ad" : "#6b7280";
    const axis = { stroke: muted, font: `${this.size.letters}px system-ui, sans-serif`, ticks: { show: false } };
    return {
      width: this.widthIn(body),
      height: this.size.height,
      padding: [6, 22, 0, 0], // room for half of the last mark
      legend: { show: false },
      scales: { x: { time: false }, y: { range: (_, low, high) => [Math.min(0, low || 0), high > 0 ? 1.06 * high : 1] } },
      axes: [
        { ...axis, grid: { show: false }, size: 26, gap: 3, values: (_, marks) => marks.map((mark, k) => (k + 1 < marks.length ? mark : `${mark} ${unit}`)), space: 56 },
        { ...axis, grid: { stroke: faint, width: 1 }, size: 46, gap: 4, space: 34, incrs: panel.whole ? WHOLE : undefined,
          values: (_, marks) => marks.map(numberOf) },
      ],
      series: [{}, ...colours.map((stroke, k) => ({ stroke, width: 1.6, dash: [[], [6, 3], [2, 2]][dashes[k] % 3], points: { show: false }, spanGaps: true }))],
      cursor: { sync: { key: "run" }, drag: { x: false, y: false }, y: false, points: { size: 5 } },
      hooks: { draw: [(plot) => this.mark(plot)], setCursor: [(plot) => this.hover(plot)] },
    };
  }

  widthIn(body) {
    return this.size.width || Math.max(body.clientWidth, 120);
  }

  /** A line at the time that is shown. */
  mark(plot) {
    const { ctx, bbox } = plot;
    const x = plot.valToPos(this.minutes / this.length, "x", true);
    if (!(x >= bbox.left - 1 && x <= bbox.left + bbox.width + 1)) return;
    ctx.save();
    ctx.strokeStyle = hexOf(this.look.ink);
    ctx.globalAlpha = 0.55;
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }

  hover(plot) {
    const hovered = plot.cursor.left >= 0 ? plot.cursor.idx : null;
    if (hovered === this.hovered) return;
    this.hovered = hovered;
    this.label();
  }

  /** Beside each name its value where the cursor is, else at the time that is shown. */
  label() {
    const row = this.hovered ?? nearest(this.told.series.time, this.minutes);
    for (const { panel, values } of this.drawn) {
      panel.lines.forEach((line, k) => {
        values[k].textContent = numberOf(line.values[row]);
      });
    }
  }

  /** Another time is shown. */
  show(minutes) {
    this.minutes = minutes;
    this.drawn.forEach(({ plot }) => plot.redraw(false, false));
    this.label();
  }

  resize() {
    for (const { plot, body } of this.drawn) {
      const width = this.widthIn(body);
      if (Math.abs(width - plot.width) > 1) plot.setSize({ width, height: this.size.height });
    }
  }
}

const WHOLE = [1, 2, 5].flatMap((k) => [...Array(12).keys()].map((power) => k * 10 ** power)).sort((a, b) => a - b);

/** A piece of a line in its colour and pattern. */
function swatch(colour, dash) {
  return made("i", { class: "line", style: { borderTopColor: colour, borderTopStyle: ["solid", "dashed", "dotted"][dash % 3] } });
}

"use strict";
// The legend beside the canvas, and the controls in it.

const MARK = { play: "M3 1.5v13l11-6.5z", pause: "M3 2h3.6v12H3zM9.4 2H13v12H9.4z" };

class Controls {
  constructor(told, state, lineage) {
    Object.assign(this, { told, state, lineage, place: document.getElementById("legend") });
    this.cells = made("ul", { class: "looks" });
    this.scale = made("div");
    this.ground = made("div");
    this.picked = made("div", { class: "picked", "aria-live": "polite" });
    this.place.replaceChildren(...[this.cellGroup(), this.fieldGroup(), this.layers(), this.plane(), this.picked].filter(Boolean));
  }

  /** A choice among words. */
  choice(label, options, key) {
    const select = made("select", { "aria-label": label, onchange: () => this.state.set({ [key]: select.value }) });
    select.append(...options.map(([value, text]) => made("option", { value }, text)));
    this[key] = select;
    return made("label", { class: "choice" }, made("span", {}, label), select);
  }

  cellGroup() {
    const { told } = this;
    const group = this.cellChoice();
    return told.frames.some((frame) => frame.cells) ? group : null;
  }

  cellChoice() {
    const { told } = this;
    const first = told.types.length > 1 ? "type and state" : "state";
    const ways = waysOf(told).map((way) => [way, way === "type" ? first : way]);
    const options = told.types.length > 1 ? ways : ways.filter(([way]) => way !== "state");
    return made("section", {}, this.choice("Cells by", options, "color"), this.scale, this.cells);
  }

  fieldGroup() {
    const { told } = this;
    if (!told.fields.length) return null;
    const shown = told.fields.filter((field) => !FIBRE.includes(field.name));
    const options = shown.map((field) => [field.name, field.label || field.name]);
    return made("section", {}, this.choice("Behind them", [...options, ["none", "nothing"]], "field"), this.ground);
  }

  /** What can be hidden. */
  layers() {
    const { told } = this;
    const has = (name) => told.fields.some((field) => field.name === name);
    const some = [
      ["vessels", told.has.vessels && [made("i", { class: "vessel" }), `vessels; hollow ${told.lattice ? "where ruptured" : "without blood flow"}`]],
      ["fibres", has("ECM fibre x") && [made("i", { class: "fibre" }), "fibres; longer, stronger where aligned"]],
      ["cells", told.frames.some((frame) => frame.cells) && [made("i", { class: "disc plain" }), "cells"]],
    ].filter(([, parts]) => parts);
    this.boxes = some.map(([name, parts]) => {
      const box = made("input", { type: "checkbox", onchange: () => this.toggle(name) });
      return { name, box, row: made("label", { class: "layer" }, box, ...parts) };
    });
    const membrane = told.has.membrane ? made("p", { class: "layer" }, made("i", { class: "membrane" }), "basement membrane; dashed where breached") : null;
    return made("section", {}, this.boxes.map(({ row }) => row), membrane);
  }

  toggle(name) {
    const hide = new Set(this.state.hide);
    if (!hide.delete(name)) hide.add(name);
    this.state.set({ hide });
  }

  /** In three dimensions: where the plane lies, and whether it cuts. */
  plane() {
    const { told, state } = this;
    if (told.domain.dimensions === 2) return null;
    this.axes = [0, 1, 2].map((axis) => made("button", {
      type: "button", title: `Plane across ${AXES[axis]} (${AXES[axis]})`, onclick: () => state.set({ axis, at: state.middle[axis] }),
    }, AXES[axis]));
    this.at = made("input", { type: "range", "aria-label": "Place of the plane", oninput: () => state.set({ at: Number(this.at.value) }) });
    this.where = made("output");
    this.cut = made("input", { type: "checkbox", onchange: () => state.set({ cut: this.cut.checked }) });
    const row = made("div", { class: "plane" }, made("span", {}, "Plane"), made("span", { class: "axes" }, this.axes), this.at, this.where);
    return made("section", {}, row, made("label", { class: "layer" }, this.cut, "take away what lies before it"));
  }

  /** Follow the state and the frame; what a picked cell is, in words. */
  follow(frame) {
    const { told, state } = this;
    const { dark } = paperNow();
    this.color.value = state.color;
    if (this.color.value !== state.color) this.color.value = "type";
    listCells(this.cells, told, frame, state.color, dark);
    const column = told.columns.find((one) => one.name === state.color && !one.labels);
    this.scale.replaceChildren(...(column ? [bar(told, "values", column.span, column.unit, false)] : []));
    if (this.field) {
      const field = told.fields.find((one) => one.name === state.field);
      this.field.value = state.field;
      this.ground.replaceChildren(...(field ? [bar(told, field.matrix ? "eosin" : "water", field.span, field.unit, dark, field)] : []));
    }
    for (const { name, box, row } of this.boxes) {
      box.checked = !state.hide.has(name);
      if (name === "fibres") row.hidden = !(told.fields.find((one) => one.name === state.field) || {}).matrix;
    }
    if (this.at) {
      this.axes.forEach((button, axis) => button.setAttribute("aria-pressed", String(axis === state.axis)));
      const { low, high } = told.domain;
      Object.assign(this.at, { min: low[state.axis], max: high[state.axis], step: (high[state.axis] - low[state.axis]) / 200 });
      this.at.value = state.at;
      this.where.textContent = `${AXES[state.axis]} = ${Math.round(state.at)} µm`;
      this.cut.checked = state.cut;
    }
    return describe(this.picked, told, this.lineage, frame, state.pick, (pick) => state.set({ pick }));
  }
}

/** A drawing of one path, 16 by 16. */
function drawing(path) {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  picture.setAttribute("viewBox", "0 0 16 16");
  const line = document.createElementNS(space, "path");
  line.setAttribute("d", path);
  picture.append(line);
  return picture;
}

/** What keys do; `does` has a function for each. */
function listen(does) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { tagName: tag, type } = event.target;
    const ranged = tag === "INPUT" && type === "range";
    if (tag === "SELECT" || tag === "TEXTAREA" || (tag === "INPUT" && !ranged)) return;
    if (ranged && /^(Arrow|Home|End|Page)/.test(event.key)) return;
    if (tag === "BUTTON" && (event.key === " " || event.key === "Enter")) return;
    const action = does[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

"use strict";
// What is shown, and the fragment of the page's address that says so: #t=12&color=clone&pick=7.

const LAYERS = ["vessels", "fibres", "cells"]; // what can be hidden
const FIBRE = ["x", "y", "z"].map((axis) => `ECM fibre ${axis}`);
const DEFAULTS = { tissue: "", t: "", field: "", color: "", slice: "", cut: "", pick: "", hide: "", view: "" };

/** The wishes of a fragment; what it does not know is left out. */
function wishesOf(fragment) {
  const wishes = { ...DEFAULTS };
  for (const piece of fragment.replace(/^#/, "").split("&")) {
    const [key, value] = piece.split("=").map((text) => decoded(text || ""));
    if (key in wishes) wishes[key] = value;
    if (key === "probe") wishes.probe = true; // for tests: what was drawn is counted
  }
  return wishes;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/** What is shown, who is told when it changes, and the address that follows. */
class State {
  constructor(told) {
    this.tissues = tissuesOf(told);
    this.listeners = [];
    this.settle(told);
    this.read(location.hash);
  }

  /** Show a tissue, as a page shows it at first. */
  settle(told) {
    const middle = told.domain.low.map((low, a) => (low + told.domain.high[a]) / 2);
    this.told = told;
    this.usual = {
      place: told.frames.length - 1,
      field: told.fields.length ? told.fields[0].name : "none",
      color: "type",
      axis: 2,
      at: middle[2],
      cut: told.domain.dimensions === 3,
      pick: 0,
      hide: new Set(),
      view: "",
    };
    Object.assign(this, this.usual, { middle });
  }

  /** Follow a fragment; what it does not say is as usual. */
  read(fragment) {
    const wishes = wishesOf(fragment);
    this.settle(this.tissues.find((one) => one.tissue === wishes.tissue) || this.tissues[0]);
    const { told } = this;
    const numbers = told.frames.map((frame) => frame.number);
    const wanted = wholeOf(wishes.t);
    this.place = wanted < 0 ? this.usual.place : nearest(numbers, wanted);
    this.field = groundsOf(told).includes(wishes.field) ? wishes.field : this.usual.field;
    this.color = waysOf(told).includes(wishes.color) ? wishes.color : this.usual.color;
    const plane = /^([xyz])(?:[=:](-?\d+(?:\.\d+)?))?$/.exec(wishes.slice);
    this.axis = plane && told.domain.dimensions === 3 ? "xyz".indexOf(plane[1]) : 2;
    const at = plane && plane[2] ? Number(plane[2]) : this.middle[this.axis];
    this.at = Math.max(told.domain.low[this.axis], Math.min(told.domain.high[this.axis], at));
    this.cut = wishes.cut ? wishes.cut === "1" : this.usual.cut;
    this.pick = Math.max(wholeOf(wishes.pick), 0);
    this.hide = new Set(wishes.hide.split(",").filter((name) => LAYERS.includes(name)));
    this.view = wishes.view;
    this.probe = Boolean(wishes.probe);
  }

  /** Change some of it, tell everybody, and note it in the address. */
  set(changes) {
    Object.assign(this, changes);
    for (const listener of this.listeners) listener(Object.keys(changes));
    clearTimeout(this.noting);
    this.noting = setTimeout(() => this.note(), 150);
  }

  /** Go to another tissue, at the same time, with cells coloured alike. */
  visit(told) {
    const { place, color, field, pick, hide } = this;
    this.settle(told);
    this.set({
      place, pick, hide, color: waysOf(told).includes(color) ? color : "type",
      field: groundsOf(told).includes(field) ? field : this.usual.field,
    });
  }

  note() {
    const { told, usual } = this;
    const axis = "xyz"[this.axis];
    const plane = `${axis}:${Math.round(this.at * 10) / 10}`;
    const said = {
      tissue: told !== this.tissues[0] ? told.tissue : "",
      t: this.place !== usual.place && told.frames.length ? told.frames[this.place].number : "",
      field: this.field !== usual.field ? this.field : "",
      color: this.color !== usual.color ? this.color : "",
      slice: this.axis !== usual.axis || this.at !== usual.at ? plane : "",
      cut: this.cut !== usual.cut ? Number(this.cut) : "",
      pick: this.pick || "",
      hide: [...this.hide].join(","),
      view: this.view,
    };
    const pieces = Object.entries(said).filter(([, value]) => value !== "");
    const text = pieces.map(([key, value]) => `${key}=${encodeURIComponent(value).replace(/%2C/g, ",").replace(/%3A/g, ":")}`);
    try {
      history.replaceState(null, "", text.length ? `#${text.join("&")}` : location.pathname + location.search);
    } catch {
      // in a notebook's frame there is no address
    }
  }
}

/** What is told of each tissue of a body: of the first, and of the organs with what all have in common. */
function tissuesOf(told) {
  return [told, ...told.organs.map((organ) => ({ ...told, ...organ }))];
}

/** The whole number that a text is, -1 where it is none. */
function wholeOf(text) {
  return /^\d+$/.test(text) ? Number(text) : -1;
}

/** The place of the number that is nearest. */
function nearest(numbers, wanted) {
  let best = 0;
  numbers.forEach((number, k) => {
    if (Math.abs(number - wanted) < Math.abs(numbers[best] - wanted)) best = k;
  });
  return best;
}

/** Fields that are shown by colour, and "none": parts of fibres are drawn as strokes. */
function groundsOf(told) {
  return [...told.fields.map((field) => field.name).filter((name) => !FIBRE.includes(name)), "none"];
}

/** All that cells may be coloured by. */
function waysOf(told) {
  return ["type", "state", "clone", ...told.columns.map((column) => column.name)];
}

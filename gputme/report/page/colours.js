"use strict";
// Colours: those that Python has chosen for types, states and maps, and what they become on dark paper.

const BLOOD = [164, 22, 26];
const DARK = {
  water: ["#161b21", "#415c6d", "#c3dce6"],
  eosin: ["#181619", "#553b41", "#cf9a9d"],
};

/** [r, g, b] of "#rrggbb". */
function rgb(hex) {
  return [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
}

function hexOf(colour) {
  return `#${colour.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
}

function mixed(a, b, share) {
  return a.map((part, k) => part + (b[k] - part) * share);
}

/** A colour with white in it, where it could not be seen on dark paper. */
function onDark(colour) {
  const light = (0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]) / 255;
  return light < 0.5 ? mixed(colour, [255, 255, 255], (0.5 - light) / (1 - light)) : colour;
}

/** What is dark now: paper, ink, and the page's own colours. */
function paperNow() {
  const printed = document.documentElement.classList.contains("paper");
  const dark = matchMedia("(prefers-color-scheme: dark)").matches && !printed;
  return dark
    ? { dark, paper: [15, 19, 23], ground: [24, 29, 35], ink: [236, 238, 241], fibre: [232, 190, 196], edge: [8, 10, 13], glow: [200, 208, 218], box: [110, 120, 132] }
    : { dark, paper: [255, 255, 255], ground: [247, 246, 243], ink: [34, 37, 43], fibre: [77, 31, 46], edge: [20, 26, 36], glow: [20, 26, 36], box: [150, 157, 168] };
}

/** 256 colours of a map, as bytes (256 x RGBA). */
function ramp(told, name, dark) {
  const stops = (dark && DARK[name] ? DARK[name] : told.maps[name]).map(rgb);
  const bytes = new Uint8Array(4 * 256);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * (stops.length - 1);
    const k = Math.min(Math.floor(at), stops.length - 2);
    bytes.set([...mixed(stops[k], stops[k + 1], at - k).map(Math.round), 255], 4 * i);
  }
  return bytes;
}

/** Where a value stands on the scale of a column or field, 0 to 1; where all is one value, its end, 0 for nothing. */
function shareOf(value, [low, high]) {
  return high > low ? Math.max(0, Math.min(1, (value - low) / (high - low))) : high > 0 ? 1 : 0;
}

/** A map as a gradient of CSS. */
function gradientOf(told, name, dark) {
  const bytes = ramp(told, name, dark);
  const stops = [0, 32, 64, 96, 128, 160, 192, 224, 255].map((i) => hexOf([...bytes.subarray(4 * i, 4 * i + 3)]));
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

const REST = 1; // places among states
const LONE = 2;
const DYING = 3;
const PALE = [213, 217, 223];

/**
 * How the cells of a frame look: faces and rims, four bytes each. The fourth of a face is the nucleus (its share of
 * the radius), of a rim whether it carries a meaning.
 *
 * By "type" the living have the colour of their type, those that rest are pale with its rim, the dead have the colour
 * of their death with that rim; with one type alone, by state.
 */
function coloursOf(frame, told, by) {
  const { n, parts } = frame;
  const faces = new Uint8Array(4 * n);
  const rims = new Uint8Array(4 * n);
  const looks = lookup(frame, told, by);
  const kinds = parts.type.values;
  const states = parts.state.values;
  for (let i = 0; i < n; i++) {
    const { face, rim } = looks(i);
    faces.set(face, 4 * i);
    const nucleus = told.types[kinds[i]] ? told.types[kinds[i]].nucleus : 0;
    faces[4 * i + 3] = states[i] < DYING ? Math.round(255 * nucleus) : 0;
    if (rim) rims.set([...rim, 255], 4 * i);
  }
  return { faces, rims };
}

/** The look of a cell, {face, rim}, by its place. */
function lookup(frame, told, by) {
  const kinds = frame.parts.type.values;
  const states = frame.parts.state.values;
  const colours = told.types.map((type) => rgb(type.colour));
  const pale = told.types.map((type) => rgb(type.pale));
  const byState = told.states.map((state) => rgb(state.colour));
  if (by === "type" && told.types.length > 1) {
    return (i) => {
      const mine = colours[kinds[i]];
      if (states[i] >= DYING) return { face: byState[states[i]], rim: mine };
      return states[i] === REST ? { face: pale[kinds[i]], rim: mine } : { face: mine };
    };
  }
  if (by === "type") return (i) => ({ face: states[i] === LONE ? colours[kinds[i]] : byState[states[i]] });
  if (by === "state") return (i) => ({ face: byState[states[i]] });
  if (by === "clone") {
    const own = new Map(told.clones.map((clone, k) => [clone, rgb(told.cloneColours[k])]));
    return (i) => ({ face: own.get(frame.clone[i]) || PALE });
  }
  const column = told.columns.find((one) => one.name === by);
  const part = frame.parts[`cell ${by}`];
  if (!part) return () => ({ face: PALE });
  if (column.labels) {
    return (i) => ({ face: labelColour(told, part.values[i]) });
  }
  const map = ramp(told, "values", false);
  return (i) => {
    const value = valueOf(part, i);
    if (Number.isNaN(value)) return { face: PALE };
    const k = 4 * Math.round(255 * shareOf(value, column.span));
    return { face: [map[k], map[k + 1], map[k + 2]] };
  };
}

/** The colour of a name among several. */
function labelColour(told, k) {
  return k < told.cloneColours.length ? rgb(told.cloneColours[k]) : PALE;
}

"use strict";
// Which cell lies under a pixel, and what is known of it.

/** The place among a frame's cells of the one that is seen at a pixel; -1 for none. */
function cellAt(frame, camera, state, planar, pixel) {
  const [x, y] = camera.under(pixel);
  const knife = planar || !state.cut ? null : knifeOf(camera, state);
  const slack = 3 / camera.scale; // tiny cells can be hit
  let best = -1;
  let nearestSoFar = -Infinity;
  for (let i = 0; i < frame.n; i++) {
    const [sx, sy, sz] = camera.seen([frame.xyz[3 * i], frame.xyz[3 * i + 1], frame.xyz[3 * i + 2]]);
    const r = Math.max(frame.radius[i], slack);
    const rest = r * r - (sx - x) ** 2 - (sy - y) ** 2;
    if (rest < 0) continue;
    if (planar) {
      if (rest / (r * r) > nearestSoFar) [best, nearestSoFar] = [i, rest / (r * r)];
      continue;
    }
    let z = sz + Math.sqrt(rest);
    if (knife && knife.normal[0] * x + knife.normal[1] * y + knife.normal[2] * z > knife.place) {
      if (knife.normal[2] < 1e-4) continue;
      z = (knife.place - knife.normal[0] * x - knife.normal[1] * y) / knife.normal[2];
      if (z < sz - Math.sqrt(rest)) continue;
    }
    if (z > nearestSoFar) [best, nearestSoFar] = [i, z];
  }
  return best;
}

/** What a page knows of the cell with an id in a frame: lines of name and text, and its kin. */
function knownOf(told, lineage, frame, id) {
  const row = placeIn(lineage.ids, id);
  const i = placeIn(frame.parts.id.values, id);
  const kin = { id, parent: row < 0 ? 0 : lineage.parents[row], clone: row < 0 ? 0 : lineage.clones[row], row, place: i };
  kin.clonemates = 0;
  kin.daughters = [];
  if (row >= 0) {
    for (let k = 0; k < frame.n; k++) if (frame.clone[k] === kin.clone) kin.clonemates++;
    lineage.parents.forEach((parent, k) => parent === id && kin.daughters.push(lineage.ids[k]));
  }
  if (i < 0) return { ...kin, lines: [] };
  const { parts } = frame;
  const type = told.types[parts.type.values[i]];
  const place = [...frame.xyz.slice(3 * i, 3 * i + told.domain.dimensions)].map((x) => numberOf(Math.round(x))).join(", ");
  const lines = [["at", `${place} µm`], ["radius", `${frame.radius[i].toFixed(1)} µm`]];
  for (const column of told.columns) {
    const part = parts[`cell ${column.name}`];
    const words = part ? wordsOf(column, part, i) : "";
    if (words) lines.push([column.name, words]);
  }
  for (const field of told.fields.filter((one) => !FIBRE.includes(one.name)).slice(0, 6)) {
    const part = parts[`field ${field.name}`];
    if (!part) continue;
    const middle = told.domain.low.map((low, a) => (low + told.domain.high[a]) / 2);
    const at = middle.map((m, a) => (a < told.domain.dimensions ? frame.xyz[3 * i + a] : m));
    const value = valueOf(part, voxelAt(part.shape, at, told.grid.origin, told.grid.spacing));
    lines.push([`${field.label || field.name} there`, withUnit(value, field.unit)]);
  }
  const state = told.types.length ? told.states[parts.state.values[i]] : { name: "" };
  const by = told.types.length === 1 && parts.state.values[i] !== LONE ? state : type; // as the legend has it
  return { ...kin, type: type ? type.name : "cell", state: state.name, colour: by ? by.colour : "#888888", lines };
}

/** The ids of a cell's mother, her mother, and so on, as far as the page knows them. */
function ancestorsOf(lineage, id) {
  const found = [];
  for (let row = placeIn(lineage.ids, id); row >= 0 && lineage.parents[row]; row = placeIn(lineage.ids, found.at(-1))) {
    found.push(lineage.parents[row]);
  }
  return found;
}

/** A value of a column in words, "" where there is none. */
function wordsOf(column, part, i) {
  if (column.labels) return column.labels[part.values[i]] || "";
  const value = valueOf(part, i);
  if (Number.isNaN(value)) return "";
  return column.unit === "min" ? durationOf(value) : withUnit(value, column.unit);
}

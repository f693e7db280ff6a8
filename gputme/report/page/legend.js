"use strict";
// What the colours on the canvas mean, and what stands there.

/** What cells look like now, and how many there are: fills the list. */
function listCells(list, told, frame, by, dark) {
  const entries = entriesOf(told, frame, by);
  list.replaceChildren(...entries.map(({ name, face, rim, number, note }) => made(
    "li", { class: number === 0 ? "none" : "" },
    face ? disc(face, rim, dark) : "", made("span", {}, name), made("b", {}, number === undefined ? note || "" : countOf(number)),
  )));
}

/** A cell of the legend. */
function disc(face, rim, dark) {
  const [r, g, b] = rgb(face);
  const plain = !dark ? "rgba(20, 26, 36, .45)" : 0.3 * r + 0.59 * g + 0.11 * b < 71 ? "rgba(200, 208, 218, .6)" : "rgba(8, 10, 13, .5)";
  const edge = rim || plain;
  return made("i", { class: "disc", style: { background: face, borderColor: edge, borderWidth: rim ? "2.5px" : "1px" } });
}

function entriesOf(told, frame, by) {
  const several = told.types.length > 1;
  const sum = (wanted) => frame.tally.reduce((all, [type, state, number]) => all + (wanted(type, state) ? number : 0), 0);
  const ever = (wanted) => told.frames.some((one) => one.tally.some(([type, state]) => wanted(type, state)));
  if (by === "type" && several) {
    const entries = told.types
      .map((type, k) => ({ name: type.name, face: type.colour, number: sum((t, s) => t === k && s < DYING), k }))
      .filter(({ k }) => ever((t) => t === k));
    if (ever((_, s) => s === REST)) {
      entries.push({ name: "of these at rest, pale", face: "#d5d9df", rim: "#a7b0bd", number: sum((_, s) => s === REST) });
    }
    told.states.slice(DYING).forEach((state, k) => {
      if (!ever((_, s) => s === DYING + k)) return;
      entries.push({ name: `${state.name}, rim by type`, face: state.colour, rim: "#a7b0bd", number: sum((_, s) => s === DYING + k) });
    });
    return entries;
  }
  if (by === "type" || by === "state") {
    return told.states
      .map((state, k) => ({ name: state.name, face: state.colour, number: sum((_, s) => s === k), k }))
      .map((entry) => (by === "type" && entry.k === LONE && told.types.length ? { ...entry, face: told.types[0].colour } : entry))
      .filter(({ k }) => ever((_, s) => s === k));
  }
  if (by === "clone") {
    const shown = (clone) => frame.clone.reduce((all, one) => all + (one === clone), 0);
    const largest = told.clones.map((clone, k) => ({ name: `clone ${clone}`, face: told.cloneColours[k], number: shown(clone) }));
    const rest = frame.n - largest.reduce((all, { number }) => all + number, 0);
    return [...largest, { name: "other clones", face: hexOf(PALE), number: rest }];
  }
  const column = told.columns.find((one) => one.name === by);
  const part = frame.parts[`cell ${by}`];
  if (!column.labels || !part) return part ? [] : [{ name: "not in this frame", note: "" }];
  const number = (k) => part.values.reduce((all, one) => all + (one === k), 0);
  return column.labels.map((label, k) => ({ name: label, face: hexOf(labelColour(told, k)), number: number(k) })).filter((e) => e.number);
}

/** A bar of colours with its ends, and a mark where a line is drawn; where all is one value, that. */
function bar(told, map, [low, high], unit, dark, { ends = [], line } = {}) {
  const mark = line === undefined ? null : made("i", { class: "mark", style: { left: `${(100 * (line - low)) / (high - low)}%` } });
  const timed = unit === "min";
  const words = timed ? durationOf : numberOf;
  if (!(high > low)) {
    const at = 4 * 255 * shareOf(high, [low, high]);
    const colour = hexOf([...ramp(told, map, dark).subarray(at, at + 3)]);
    return made("p", { class: "layer" }, made("i", { class: "patch", style: { background: colour } }), `${timed ? words(high) : withUnit(high, unit)}, everywhere and always`);
  }
  const middle = line !== undefined ? `${line} ${unit}, dashed` : timed ? "" : unit;
  return made(
    "div", { class: "bar" },
    made("div", { class: "ramp", style: { background: gradientOf(told, map, dark) } }, mark),
    made("div", { class: "ends" },
      made("span", {}, `${words(low)} ${ends[0] || ""}`), made("span", {}, middle), made("span", {}, `${words(high)} ${ends[1] || ""}`)),
  );
}

/** A picked cell: its values, and its kin as buttons. */
function describe(place, told, lineage, frame, id, choose) {
  place.replaceChildren();
  place.hidden = !id;
  if (!id) return "";
  const known = knownOf(told, lineage, frame, id);
  const link = (one) => made("button", { type: "button", class: "kin", onclick: () => choose(one) }, String(one));
  const name = made("span", {}, `Cell ${id}`);
  const heading = known.lines.length
    ? [disc(known.colour, null, false), name, made("small", {}, made("bdi", {}, known.type), `, ${known.state}`)]
    : [name, made("small", {}, known.row < 0 ? "not on this page" : "not there at this time")];
  place.append(made("h3", {}, heading, made("button", { type: "button", class: "close", title: "Let go (Esc)", "aria-label": "Let go", onclick: () => choose(0) }, "×")));
  const lines = known.lines.map(([name, text]) => [made("dt", {}, name), made("dd", {}, text)]).flat();
  if (known.row >= 0) {
    lines.push(made("dt", {}, "parent"), made("dd", {}, known.parent ? link(known.parent) : "none: a founder, or it came in"));
    const before = ancestorsOf(lineage, id).slice(1);
    const older = before.length > 7 ? [` … ${before.length - 7} more … `, link(before.at(-1))] : before.slice(6).map(link);
    if (before.length) lines.push(made("dt", {}, "her ancestors"), made("dd", {}, before.slice(0, 6).map(link), older));
    const mates = known.clonemates ? ` (${plural(known.clonemates, "cell")} now)` : "";
    lines.push(made("dt", {}, "clone"), made("dd", {}, `${known.clone}${mates}`));
    const some = known.daughters.slice(0, 6).map(link);
    const more = known.daughters.length > 6 ? ` and ${known.daughters.length - 6} more` : "";
    if (some.length) lines.push(made("dt", {}, "daughters"), made("dd", {}, some, more));
  }
  place.append(made("dl", {}, lines));
  const who = known.lines.length ? `${known.type}, ${known.state}` : "not there";
  return `picked cell ${id}: ${who}, parent ${known.parent || "none"}, clone ${known.clone}`;
}

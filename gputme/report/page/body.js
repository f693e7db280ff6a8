"use strict";
// The tissues of a body: a choice among them, and what passed between them.

/** A choice among the tissues of a body. */
function tabs(tissues, told, choose) {
  element("tissues").hidden = tissues.length < 2;
  element("tissues").replaceChildren(...tissues.map((one) => made(
    "button", { type: "button", "aria-pressed": String(one === told), onclick: () => choose(one) }, made("bdi", {}, one.tissue),
  )));
}

/** A table of what passed between the tissues of a body. */
function spread(found, choose) {
  element("spread").hidden = !found.rows;
  if (!found.rows) return;
  const { circulating, "died in the blood": died } = found.blood;
  const name = (row) => (row.tissue ? made("button", { type: "button", class: "kin", onclick: () => choose(row.name) }, row.name) : row.name);
  element("spread").replaceChildren(
    made("h2", {}, "What passed between tissues"),
    made("div", { class: "wide" }, made("table", {},
      made("thead", {}, made("tr", {}, made("th", { scope: "col" }, "cells"), found.columns.map((column) => made("th", { scope: "col" }, column)))),
      made("tbody", {}, found.rows.map((row) => made("tr", {}, made("th", { scope: "row" }, name(row), made("small", {}, row.asleep ? " asleep" : row.tissue ? "" : " a tally")),
        row.numbers.map((number) => made("td", {}, number === null ? "" : countOf(number)))))))),
    made("p", {}, [`Up to the end of the run; ${countOf(circulating || 0)} in the blood then, ${countOf(died || 0)} died in it.`, counted(found.columns)].join(" ")),
  );
}

/** Which columns count since the start, and what is meant by the one that is not of who spreads. */
function counted(columns) {
  const since = columns.filter((column) => !["held now", "living now", "colonies"].includes(column));
  const drained = since.includes("drained") ? " Drained: gone with lymph, of types that do not spread." : "";
  return since.length ? `Since the start: ${since.join(", ")}.${drained}` : "";
}

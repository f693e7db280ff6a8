"use strict";
// Numbers as people read them.

/** A simulated time: "45 min", "7.5 h", "2.78 d". */
function durationOf(minutes) {
  if (minutes < 120) return `${+minutes.toPrecision(3)} min`;
  if (minutes < 2 * 1440) return `${+(minutes / 60).toPrecision(3)} h`;
  return `${+(minutes / 1440).toPrecision(3)} d`;
}

/** A whole number, grouped from five digits on. */
function countOf(number) {
  const text = String(Math.round(number));
  return text.length < 5 ? text : text.replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** A number in three digits, with thin groups where it is large. */
function numberOf(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (value < 0) return `−${numberOf(-value)}`;
  const size = value;
  if (size >= 1000) return countOf(value);
  if (size > 0 && size < 1e-3) return value.toExponential(1).replace("e-", "·10⁻").replace(/⁻(\d+)$/, (_, n) => `⁻${superscript(n)}`);
  return String(+value.toPrecision(3));
}

function superscript(digits) {
  return [...digits].map((d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]).join("");
}

function withUnit(value, unit) {
  return unit ? `${numberOf(value)} ${unit}` : numberOf(value);
}

/** "1 cell", "2 cells". */
function plural(number, word) {
  return `${countOf(number)} ${word}${number === 1 ? "" : "s"}`;
}

/** The element of the page with an id. */
function element(id) {
  return document.getElementById(id);
}

/** An element with attributes and children; text is text. */
function made(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(element.style, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

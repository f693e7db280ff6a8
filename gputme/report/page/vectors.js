"use strict";
// Three numbers, and turns in space. A turn is a matrix of nine numbers, row by row.

function dot(a, b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function minus(a, b) {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function turned(turn, v) {
  return [0, 3, 6].map((row) => turn[row] * v[0] + turn[row + 1] * v[1] + turn[row + 2] * v[2]);
}

/** Seen from a bearing (round z, degrees) and a height above the plane (90: from above): x right, y up, z towards us. */
function turnOf(bearing, height) {
  const b = (bearing * Math.PI) / 180;
  const h = (height * Math.PI) / 180;
  const [cb, sb, ch, sh] = [Math.cos(b), Math.sin(b), Math.cos(h), Math.sin(h)];
  return [cb, sb, 0, -sb * sh, cb * sh, ch, sb * ch, -cb * ch, sh];
}

"use strict";
// What Python has packed (packing.py): blobs of arrays, deflated, in base64.

const MISSING = 255; // the byte of what has no value
const STEPS = 254;

/** The text of a data element. */
function textOf(id) {
  return document.getElementById(id).textContent;
}

/** The bytes of a blob. */
async function inflated(text) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The arrays of a blob by name: {values, scale, shape}, values as they are stored. */
async function partsOf(text) {
  const bytes = await inflated(text);
  const end = bytes.indexOf(10);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  const parts = {};
  let at = end + 1;
  for (const { name, bytes: size, count, scale, differences, shape } of head) {
    const planes = bytes.subarray(at, at + size * count);
    at += size * count;
    parts[name] = { values: joined(planes, size, count, differences), scale, shape };
  }
  return parts;
}

/** Words from their planes of bytes, the highest first; sums where differences are stored. */
function joined(planes, size, count, differences) {
  if (size === 1 && !differences) return planes;
  const kinds = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: Float64Array };
  const values = new kinds[size](count);
  const most = 256 ** Math.min(size, 6);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    let word = 0;
    for (let k = 0; k < size; k++) word = word * 256 + planes[k * count + i];
    sum = differences ? (sum + word) % (size < 8 ? most : Infinity) : word;
    values[i] = sum;
  }
  return values;
}

/** What a step of a part stands for; NaN where there is no value. */
function valueOf(part, i) {
  const step = part.values[i];
  if (!part.scale) return step;
  const last = part.values instanceof Uint16Array ? 65535 : STEPS;
  if (last === STEPS && step === MISSING) return NaN;
  return part.scale[0] + ((part.scale[1] - part.scale[0]) * step) / last;
}

/** All values of a part as numbers. */
function valuesOf(part) {
  return Float32Array.from(part.values, (_, i) => valueOf(part, i));
}

/** The place of a number in an array that ascends, -1 where it is not there. */
function placeIn(sorted, wanted) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === wanted ? low : -1;
}

/** The frames of the page, decoded when they are first shown; the least recently shown are forgotten. */
class Frames {
  constructor(told) {
    this.told = told;
    this.held = new Map();
    this.most = 48e6; // cells and voxels that are kept decoded
  }

  get count() {
    return this.told.frames.length;
  }

  /** The frame at a place, ready to be drawn. */
  async at(place) {
    const found = this.held.get(place) || this.decoded(place);
    this.held.delete(place);
    this.held.set(place, found); // the newest stands last
    const frame = await found;
    this.forget();
    return frame;
  }

  async decoded(place) {
    const parts = await partsOf(textOf(`${this.told.blobs}${place}`));
    const { domain } = this.told;
    const n = parts.id.values.length;
    const xyz = new Float32Array(3 * n);
    for (let a = 0; a < 3; a++) {
      const middle = (domain.low[a] + domain.high[a]) / 2;
      const part = parts["xyz"[a]];
      for (let i = 0; i < n; i++) xyz[3 * i + a] = part ? valueOf(part, i) : middle;
    }
    const size = Object.values(parts).reduce((sum, part) => sum + part.values.length, 0);
    return { place, parts, n, xyz, radius: valuesOf(parts.radius), size, ...this.told.frames[place] };
  }

  async forget() {
    let sum = 0;
    for (const [place, found] of [...this.held].reverse()) {
      sum += (await found).size;
      if (sum > this.most && this.held.size > 2) this.held.delete(place);
    }
  }
}

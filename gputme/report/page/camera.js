"use strict";
// Where one looks from: without perspective, so that a length is the same everywhere and the scale bar holds.

const START = { bearing: -28, height: 42 }; // degrees, in three dimensions
const ROOM = 1.06; // around what is fitted into the view

class Camera {
  /** focus: the box that is seen at first, [[x, y, z], [x, y, z]] um; planar: in two dimensions. */
  constructor(focus, planar) {
    this.focus = focus;
    this.planar = planar;
    this.size = [1, 1];
    this.reset();
    const sides = minus(focus[1], focus[0]);
    /** Width and height of the focus, as it is seen at first, um. */
    this.wide = [0, 3].map((row) => Math.max(1, sides.reduce((sum, side, a) => sum + Math.abs(this.turn[row + a]) * side, 0)));
  }

  reset() {
    const [low, high] = this.focus;
    this.centre = low.map((l, a) => (l + high[a]) / 2);
    this.zoom = 1;
    this.aim(this.planar ? 0 : START.bearing, this.planar ? 90 : START.height);
  }

  /** Look from a bearing and a height, degrees. */
  aim(bearing, height) {
    this.bearing = ((bearing % 360) + 360) % 360;
    this.height = Math.max(-90, Math.min(90, height));
    this.turn = turnOf(this.bearing, this.height);
  }

  /** The view has so many pixels (of CSS). */
  resize(width, height) {
    this.size = [Math.max(width, 1), Math.max(height, 1)];
  }

  /** Pixels that a micrometre takes. */
  get scale() {
    const wide = this.wide;
    return (this.zoom * Math.min(this.size[0] / wide[0], this.size[1] / wide[1])) / ROOM;
  }

  /** How far things may lie before and behind the centre, um. */
  get depth() {
    const [low, high] = this.focus;
    return 4 * Math.hypot(...minus(high, low)) + 1000;
  }

  /** A place as it is seen: right, up and towards us from the centre, um. */
  seen(place) {
    return turned(this.turn, minus(place, this.centre));
  }

  /** The pixel of a place, from the upper left corner. */
  pixel(place) {
    const [x, y] = this.seen(place);
    return [this.size[0] / 2 + x * this.scale, this.size[1] / 2 - y * this.scale];
  }

  /** What lies under a pixel, in micrometres to the right of and above the centre. */
  under(pixel) {
    return [(pixel[0] - this.size[0] / 2) / this.scale, (this.size[1] / 2 - pixel[1]) / this.scale];
  }

  /** Move what is seen by so many pixels. */
  pan(dx, dy) {
    const [x, y] = [-dx / this.scale, dy / this.scale];
    this.centre = this.centre.map((c, a) => c + x * this.turn[a] + y * this.turn[3 + a]);
  }

  rotate(dx, dy) {
    this.aim(this.bearing - 0.4 * dx, this.height + 0.4 * dy);
  }

  /** Come nearer by a factor; what is under the pixel stays there. */
  nearer(factor, pixel) {
    const before = this.under(pixel);
    this.zoom = Math.max(0.3, Math.min(80, this.zoom * factor));
    const after = this.under(pixel);
    const [x, y] = [before[0] - after[0], before[1] - after[1]];
    this.centre = this.centre.map((c, a) => c + x * this.turn[a] + y * this.turn[3 + a]);
  }

  /** The view as a text, "" for the one at first. */
  get text() {
    const fresh = new Camera(this.focus, this.planar);
    const numbers = (c) => [c.zoom, ...c.centre, ...(c.planar ? [] : [c.bearing, c.height])].map((v) => +v.toFixed(2));
    const mine = numbers(this).join(",");
    return mine === numbers(fresh).join(",") ? "" : mine;
  }

  set text(text) {
    const numbers = text.split(",").map(Number);
    this.reset();
    if (numbers.length < 4 || numbers.some((v) => !Number.isFinite(v))) return;
    this.zoom = Math.max(0.3, Math.min(80, numbers[0]));
    this.centre = numbers.slice(1, 4);
    if (!this.planar && numbers.length === 6) this.aim(numbers[4], numbers[5]);
  }
}

/** The cut as it is seen, its normal and its place along that: it takes away what lies before the plane. */
function knifeOf(camera, state) {
  const axis = [0, 0, 0];
  axis[state.axis] = 1;
  const side = turned(camera.turn, axis)[2] >= 0 ? 1 : -1;
  axis[state.axis] = side;
  return { normal: turned(camera.turn, axis), place: side * (state.at - camera.centre[state.axis]) };
}

/** Drags, wheels, pinches and clicks on the canvas; `moved` is told, and `clicked` with a pixel. */
function steer(canvas, camera, moved, clicked) {
  const fingers = new Map();
  let travelled = 0;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, at(event));
    if (fingers.size === 1) travelled = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = at(event);
    const [dx, dy] = [now[0] - before[0], now[1] - before[1]];
    travelled += Math.hypot(dx, dy);
    if (fingers.size === 2) {
      const other = [...fingers].find(([id]) => id !== event.pointerId)[1];
      const apart = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]) || 1;
      camera.nearer(apart(now) / apart(before), [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
      camera.pan(dx / 2, dy / 2);
    } else if (camera.planar || event.shiftKey || event.buttons === 2) {
      camera.pan(dx, dy);
    } else {
      camera.rotate(dx, dy);
    }
    fingers.set(event.pointerId, now);
    moved();
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(kind, (event) => {
      if (kind === "pointerup" && fingers.size === 1 && travelled < 5) clicked(at(event));
      fingers.delete(event.pointerId);
    });
  }
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("wheel", (event) => {
    if (document.activeElement !== canvas && !event.ctrlKey) return; // the page scrolls
    event.preventDefault();
    camera.nearer(Math.exp(-0.0015 * event.deltaY * (event.deltaMode ? 20 : 1)), at(event));
    moved();
  }, { passive: false });
  canvas.addEventListener("dblclick", () => {
    camera.reset();
    moved();
  });
}

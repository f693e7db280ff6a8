"use strict";
// What stands on the canvas: cells, vessels, the membrane, fibres, and one field on a plane.

const AXES = "xyz";
const STROKES = { most: 56, shortest: 0.55, longest: 1.7, palest: 0.22, darkest: 0.85, full: 0.25 }; // as fibres.py

class Scene {
  constructor(painter, told, camera) {
    Object.assign(this, { painter, told, camera, batches: {} });
    this.planar = told.domain.dimensions === 2;
    this.look = paperNow();
  }

  /** Give back all that was drawn. */
  close() {
    Object.values(this.batches).forEach((batch) => this.painter.free(batch));
  }

  /** Take a frame, and what is to be seen of it. */
  load(frame, state) {
    this.frame = frame;
    this.state = state;
    this.look = paperNow();
    this.loadCells();
    this.loadVessels();
    this.loadMembrane();
    this.loadBox();
    this.loadPlane();
    this.loadRing();
  }

  keep(name, source, count, arrays) {
    this.painter.free(this.batches[name]);
    this.batches[name] = count ? this.painter.batch(source, count, arrays) : null;
  }

  loadCells() {
    const { frame, told, state } = this;
    const { faces, rims } = coloursOf(frame, told, state.color);
    this.keep("cells", CELL, frame.n, { place: frame.xyz, radius: frame.radius, face: faces, rim: rims });
  }

  loadVessels() {
    const { parts } = this.frame;
    const segments = parts["segment a"];
    if (!segments) return ["dry", "vessels"].forEach((name) => this.keep(name, TUBE, 0));
    const n = segments.values.length;
    const ends = ["a", "b"].map((end) => {
      const rows = parts[`segment ${end}`].values;
      const xyz = new Float32Array(3 * n);
      for (let a = 0; a < 3; a++) {
        const nodes = parts[`node ${AXES[a]}`];
        for (let i = 0; i < n; i++) xyz[3 * i + a] = valueOf(nodes, rows[i]);
      }
      return xyz;
    });
    const flows = parts["segment flows"].values;
    const radius = valuesOf(parts["segment radius"]);
    for (const [name, blood] of [["dry", 0], ["vessels", 1]]) {
      const rows = [...flows.keys()].filter((i) => flows[i] === blood);
      const some = (array, width) => Float32Array.from({ length: width * rows.length }, (_, k) => array[width * rows[Math.floor(k / width)] + (k % width)]);
      const arrays = { from: some(ends[0], 3), to: some(ends[1], 3), radius: some(radius, 1) };
      this.keep(name, TUBE, rows.length, { ...arrays, flows: new Float32Array(rows.length).fill(blood) });
    }
  }

  loadMembrane() {
    const { parts } = this.frame;
    const holds = parts["membrane holds"];
    if (!holds) return this.keep("membrane", LINE, 0);
    const n = holds.values.length;
    const middle = this.state.middle[2];
    const ends = ["a", "b"].map((end) => {
      const axes = [...AXES].map((axis) => parts[`membrane ${end}${axis}`] && valuesOf(parts[`membrane ${end}${axis}`]));
      return Float32Array.from({ length: 3 * n }, (_, k) => axes[k % 3]?.[Math.floor(k / 3)] ?? middle);
    });
    const tint = new Uint8Array(4 * n);
    for (let i = 0; i < n; i++) {
      const whole = holds.values[i];
      tint.set([...(whole ? this.look.ink : [213, 94, 0]), whole || i % 4 < 2 ? 255 : 0], 4 * i);
    }
    return this.keep("membrane", LINE, n, { from: ends[0], to: ends[1], tint });
  }

  /** The walls of the domain. */
  loadBox() {
    const { low, high } = this.told.domain;
    const from = [];
    const to = [];
    for (let a = 0; a < 3; a++) {
      for (const [p, q] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
        if (this.planar && a === 2) continue;
        const corner = [0, 0, 0];
        [corner[(a + 1) % 3], corner[(a + 2) % 3]] = [p, q];
        const at = (c) => c.map((side, k) => (this.planar && k === 2 ? this.state.middle[2] : side ? high[k] : low[k]));
        from.push(...at(corner));
        corner[a] = 1;
        to.push(...at(corner));
      }
    }
    const n = from.length / 3;
    const tint = Uint8Array.from({ length: 4 * n }, (_, k) => (k % 4 < 3 ? this.look.box[k % 4] : this.planar ? 150 : 130));
    this.keep("box", LINE, n, { from: new Float32Array(from), to: new Float32Array(to), tint });
  }

  /** The plane: where the field is seen and the knife cuts, in the corners of the domain. */
  corners() {
    const { low, high } = this.told.domain;
    const { axis, at } = this.state;
    const [u, v] = this.planar ? [0, 1] : [0, 1, 2].filter((a) => a !== axis);
    return [[0, 0], [1, 0], [0, 1], [1, 1]].map(([p, q]) => {
      const corner = [0, 0, 0];
      corner[axis] = this.planar ? this.state.middle[2] : at;
      corner[u] = p ? high[u] : low[u];
      corner[v] = q ? high[v] : low[v];
      return corner;
    });
  }

  loadPlane() {
    const { frame, told, state, look } = this;
    this.field = told.fields.find((field) => field.name === state.field);
    const part = this.field && frame.parts[`field ${this.field.name}`];
    this.behind = part;
    const bare = this.planar && !part; // then the domain is a pale ground
    this.keep("plane", PLANE, part || bare ? 4 : 0, { from: new Float32Array(this.corners().flat()) });
    this.painter.texture(0, part ? part.values : new Uint8Array(1), part ? part.shape : [1, 1, 1]);
    const ground = Uint8Array.from([...look.ground, 255]);
    this.painter.texture(1, part ? ramp(told, this.field.matrix ? "eosin" : "water", look.dark) : ground);
    const strokes = part && this.field.matrix ? strokesOf(this) : null;
    this.keep("fibres", LINE, strokes ? strokes.count : 0, strokes);
  }

  loadRing() {
    const { frame, state } = this;
    const i = state.pick ? placeIn(frame.parts.id.values, state.pick) : -1;
    this.picked = i;
    const place = i < 0 ? null : frame.xyz.slice(3 * i, 3 * i + 3);
    this.keep("ring", RING, i < 0 ? 0 : 1, { place, radius: frame.radius.slice(i, i + 1) });
  }

  draw() {
    const { painter, camera, look, told, state, planar, batches, field } = this;
    const [width, height] = camera.size;
    const knife = knifeOf(camera, state);
    const { scale } = camera;
    const light = (colour) => colour.map((part) => part / 255);
    const { origin, spacing } = told.grid;
    const shape = this.behind ? [...this.behind.shape].reverse() : [1, 1, 1];
    const shared = {
      turn: camera.turn, centre: camera.centre, scale: [(2 * scale) / width, (2 * scale) / height],
      depth: camera.depth, pixel: 1 / scale, planar, knife: [...knife.normal, knife.place], cuts: !planar && state.cut,
      paper: light(look.paper), ink: light(look.ink), edge: light(look.edge), glow: light(look.glow), red: light(look.dark ? [196, 48, 52] : BLOOD),
      far: 0.9 * Math.hypot(...minus(told.domain.high, told.domain.low)),
    };
    painter.begin(look.paper, !planar);
    painter.draw(batches.plane, {
      ...shared, field: 0, ramp: 1, origin, extent: shape.map((n, a) => n * spacing[a]),
      span: this.behind ? this.behind.scale : [0, 1], ends: this.behind ? endsOf(field.span) : [0, 1],
      level: (field && field.line) || 0, lined: Boolean(field && "line" in field),
    });
    if (this.behind) {
      if (!state.hide.has("fibres")) painter.draw(batches.fibres, { ...shared, width: 1.1, lift: -2e-5 }); // before the plane, behind cells
    }
    painter.draw(batches.box, { ...shared, width: 1, lift: 0 });
    if (!state.hide.has("cells")) painter.draw(batches.cells, shared);
    painter.draw(batches.membrane, { ...shared, width: planar ? 2.2 : 1.2, lift: 0 });
    for (const name of state.hide.has("vessels") ? [] : ["dry", "vessels"]) {
      if (planar) painter.draw(batches[name], { ...shared, rims: true });
      painter.draw(batches[name], { ...shared, rims: false });
    }
    painter.draw(batches.ring, { ...shared, width: 2.2 });
  }
}

/** The values of both ends of a field's colours; where all is one value, this stands at the upper end, as in slices. */
function endsOf([low, high]) {
  return high > low ? [low, high] : [0, high > 0 ? high : 1];
}

/** Strokes along fibres on the plane: longer and darker where they agree, astray where they do not. */
function strokesOf(scene) {
  const { frame, told, state, look, planar } = scene;
  const get = (name) => frame.parts[`field ${name}`];
  const fibre = ["x", "y", "z"].map((axis) => get(`ECM fibre ${axis}`));
  const [density, anisotropy] = [get("ECM density"), get("ECM anisotropy")];
  if (!density || !anisotropy || fibre.some((part) => !part)) return null;
  const { low, high } = told.domain;
  const { origin, spacing } = told.grid;
  const axis = planar ? 2 : state.axis;
  const [u, v] = [0, 1, 2].filter((a) => a !== axis);
  const apart = Math.max(high[u] - low[u], high[v] - low[v]) / STROKES.most;
  const [n, m] = [u, v].map((a) => Math.max(Math.round((high[a] - low[a]) / apart), 1));
  const dice = diceOf(1); // the same in each frame
  const [from, to, tint] = [[], [], []];
  for (let k = 0; k < n * m; k++) {
    const [du, dv, stray, long] = [dice(), dice(), dice(), dice()];
    const place = [0, 0, 0];
    place[axis] = planar ? state.middle[2] : state.at;
    place[u] = low[u] + (((k % n) + 0.5 + 0.84 * (du - 0.5)) * (high[u] - low[u])) / n;
    place[v] = low[v] + ((Math.floor(k / n) + 0.5 + 0.84 * (dv - 0.5)) * (high[v] - low[v])) / m;
    const voxel = voxelAt(density.shape, place, origin, spacing);
    const a = valueOf(anisotropy, voxel);
    const [f, g] = [valueOf(fibre[u], voxel), valueOf(fibre[v], voxel)];
    const seen = Math.hypot(f, g); // shorter where they leave the plane
    const angle = Math.atan2(g, f) + (1 - a) * Math.PI * (stray - 0.5);
    const half = 0.5 * apart * (STROKES.shortest + (STROKES.longest - STROKES.shortest) * a) * (0.75 + 0.5 * long) * seen;
    const alpha = (STROKES.palest + (STROKES.darkest - STROKES.palest) * a) * Math.min(valueOf(density, voxel) / STROKES.full, 1);
    if (!(alpha > 0.02 && half > 0)) continue;
    const ends = [place.slice(), place.slice()];
    [1, -1].forEach((side, e) => [[u, Math.cos(angle)], [v, Math.sin(angle)]].forEach(([axis_, way]) => {
      ends[e][axis_] = Math.max(low[axis_], Math.min(high[axis_], place[axis_] + side * half * way));
    }));
    from.push(...ends[0]);
    to.push(...ends[1]);
    tint.push(...look.fibre, Math.round(255 * alpha));
  }
  return { count: tint.length / 4, from: new Float32Array(from), to: new Float32Array(to), tint: Uint8Array.from(tint) };
}

/** Which voxel holds a place. */
function voxelAt(shape, place, origin, spacing) {
  const [nz, ny, nx] = shape;
  const [i, j, k] = place.map((x, a) => Math.max(0, Math.min([nx, ny, nz][a] - 1, Math.floor((x - origin[a]) / spacing[a]))));
  return (k * ny + j) * nx + i;
}

/** Numbers from 0 to 1 that look random and are the same each time (mulberry32 by T. Ettinger, public domain). */
function diceOf(seed) {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

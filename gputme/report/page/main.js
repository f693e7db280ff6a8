"use strict";
// The page put together: words first, then time series, then the view.

const told = JSON.parse(textOf("told"));
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

function write() {
  element("title").textContent = told.title;
  element("kicker").textContent = told.kicker;
  element("lead").textContent = [told.lead, told.ended].filter(Boolean).join(" ");
  element("summary").textContent = told.summary;
  element("description").textContent = told.description;
  element("description").previousElementSibling.hidden = !told.description;
  element("text").textContent = told.text;
  element("key").append(...told.key.map(([number, name]) => made("div", {}, made("dt", {}, name), made("dd", {}, number))));
  element("facts").append(...told.facts.map(([name, text]) => made("div", {}, made("dt", {}, name), made("dd", {}, text))));
  element("notes").append(...told.notes.map((note) => made("li", {}, note)));
  element("footer").textContent = `Made by gputme ${told.version}, offline; curves by uPlot (MIT licence).`;
}

/** Under the figure: what is drawn, and what one can do. */
function caption() {
  const solid = told.domain.dimensions === 3;
  const key = (name) => made("kbd", {}, name);
  const moving = told.frames.length > 1;
  const inhabited = [told, ...told.organs].some(({ frames }) => frames.some((frame) => frame.cells));
  element("caption").append(
    inhabited ? `Cells at their true size${solid ? ", cut open by the plane" : ""}. ` : "",
    solid ? "Drag to turn, with shift to move; " : "Drag to move, ",
    inhabited ? "click a cell to read it, after that wheel or pinch to come nearer. " : "click, after that wheel or pinch to come nearer. ",
    ...(moving ? [key("space"), " plays, ", key("←"), " ", key("→"), " step, "] : []),
    ...(inhabited ? [key("c"), " changes cells, ", key("n"), " ", key("p"), " go from cell to cell, "] : []),
    key("f"), " changes the field, ", key("0"), " shows the whole",
    ...(told.organs.length ? [", ", key("o"), " goes to the next organ"] : []),
    ...(solid ? [", ", key("x"), " ", key("y"), " ", key("z"), " turn the plane, ", key("["), " ", key("]"), " move it"] : []),
    ". The address of this page says what is shown: send it on.",
  );
}

/** Where there is nothing to turn: the picture, and why. */
function stand(why) {
  element("figure").classList.add("stands");
  element("sorry").textContent = why;
  element("sorry").hidden = false;
  element("said").textContent = why;
  document.documentElement.dataset.state = "still";
}

class Page {
  constructor(painter, lineage) {
    this.lineage = lineage;
    this.painter = painter;
    this.state = new State(told);
    this.camera = new Camera(this.told.focus, this.told.domain.dimensions === 2);
    this.charts = new Charts(told, element("series"), (minutes) => this.go(nearest(told.frames.map((f) => f.minutes), minutes)));
    this.settle();
    this.state.listeners.push(() => this.change());
    this.wire();
  }

  /** What is told of the tissue that is shown. */
  get told() {
    return this.state.told;
  }

  /** Show the tissue that the state names. */
  settle() {
    const { told, state, camera, lineage } = this;
    if (this.scene) this.scene.close();
    const { size } = camera;
    Object.assign(camera, new Camera(told.focus, camera.planar), { size });
    camera.text = state.view;
    this.shown = told;
    this.frames = new Frames(told);
    this.scene = new Scene(this.painter, told, camera);
    this.controls = new Controls(told, state, lineage);
    this.frame = null;
    if (camera.planar) element("view").style.aspectRatio = camera.wide[0] / camera.wide[1];
    this.resize();
    tabs(state.tissues, told, (one) => state.visit(one));
  }

  wire() {
    const { camera, state } = this;
    const canvas = element("canvas");
    steer(canvas, camera, () => this.moved(), (pixel) => this.pick(pixel));
    element("frame").max = told.frames.length - 1;
    element("frame").addEventListener("input", (event) => this.go(Number(event.target.value)));
    element("play").addEventListener("click", () => this.play(!this.playing));
    element("time").hidden = told.frames.length < 2;
    new ResizeObserver(() => this.resize()).observe(element("view"));
    addEventListener("hashchange", () => {
      state.read(location.hash);
      if (this.shown === this.told) camera.text = state.view;
      this.change();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.repaint());
    addEventListener("beforeprint", () => this.print(true));
    addEventListener("afterprint", () => this.print(false));
    canvas.addEventListener("webglcontextlost", () => stand("The graphics card was lost: load the page anew."));
    listen(this.keys());
    this.marks(false);
    spread(told.spread, (name) => {
      state.visit(this.state.tissues.find((one) => one.tissue === name));
      element("figure").scrollIntoView({ behavior: calm ? "auto" : "smooth" });
    });
  }

  keys() {
    const { state, camera } = this;
    const cycle = (key, values) => state.set({ [key]: values[(values.indexOf(state[key]) + 1) % values.length] });
    const middle = () => camera.size.map((side) => side / 2);
    const step = (by) => () => this.go(Math.max(0, Math.min(told.frames.length - 1, state.place + by)));
    const zoom = (factor) => () => { camera.nearer(factor, middle()); this.moved(); };
    const slide = (share) => () => {
      const [low, high] = ["low", "high"].map((end) => this.told.domain[end][state.axis]);
      state.set({ at: Math.max(low, Math.min(high, state.at + share * (high - low))) });
    };
    const solid = told.domain.dimensions === 3 ? {
      x: () => state.set({ axis: 0, at: state.middle[0] }), y: () => state.set({ axis: 1, at: state.middle[1] }),
      z: () => state.set({ axis: 2, at: state.middle[2] }), "[": slide(-0.02), "]": slide(0.02),
      k: () => state.set({ cut: !state.cut }),
    } : {};
    return {
      " ": () => this.play(!this.playing), ArrowLeft: step(-1), ArrowRight: step(1), Home: step(-1e9), End: step(1e9),
      c: () => cycle("color", waysOf(this.told)), f: () => cycle("field", groundsOf(this.told)),
      o: () => state.visit(state.tissues[(state.tissues.indexOf(this.told) + 1) % state.tissues.length]),
      v: () => this.controls.toggle("vessels"), n: () => this.next(1), p: () => this.next(-1), Escape: () => state.set({ pick: 0 }),
      "+": zoom(1.25), "=": zoom(1.25), "-": zoom(0.8), 0: () => { camera.reset(); this.moved(); }, ...solid,
    };
  }

  /** Show the frame at a place. */
  go(place) {
    if (place !== this.state.place) this.state.set({ place });
  }

  /** The cell with the next id. */
  next(by) {
    const ids = this.frame.parts.id.values;
    if (!ids.length) return;
    const now = placeIn(ids, this.state.pick);
    const i = now < 0 ? (by > 0 ? 0 : ids.length - 1) : (now + by + ids.length) % ids.length;
    this.state.set({ pick: ids[i] });
  }

  pick(pixel) {
    const { frame, camera, state, scene } = this;
    const i = state.hide.has("cells") ? -1 : cellAt(frame, camera, state, scene.planar, pixel);
    state.set({ pick: i < 0 ? 0 : frame.parts.id.values[i] });
  }

  /** Draw what the state says; who asks meanwhile is served by one more round, so that a slow machine shows less, not nothing. */
  change() {
    this.again = true;
    this.busy = this.busy || this.drawAll().finally(() => { this.busy = null; });
    return this.busy;
  }

  async drawAll() {
    while (this.again) {
      this.again = false;
      if (this.shown !== this.told) this.settle();
      const frame = await this.frames.at(this.state.place);
      if (!frame.clone) frame.clone = clonesOf(frame, this.lineage);
      this.frame = frame;
      this.scene.load(frame, this.state);
      this.scene.draw();
      this.say(this.controls.follow(frame));
    }
  }

  say(picked) {
    const { frame, state } = this;
    element("frame").value = state.place;
    const time = durationOf(frame.minutes);
    element("clock").textContent = time;
    element("frame").setAttribute("aria-valuetext", time);
    const empty = frame.lost ? "this frame cannot be read" : "asleep: no cell has come out here yet";
    element("when").replaceChildren(made("b", {}, time), frame.asleep || frame.lost ? empty : plural(frame.cells, "cell"));
    const behind = state.field === "none" ? "nothing" : state.field;
    const where = this.state.tissues.length > 1 ? `${this.told.tissue}${frame.asleep ? ", asleep" : ""}: ` : "";
    const said = [`${where}Frame ${frame.number} at ${time}: ${plural(frame.cells, "cell")}, ${countOf(frame.n)} shown, coloured by ${state.color}; ${behind} behind them`, picked];
    element("said").textContent = said.filter(Boolean).join("; ");
    this.charts.show(frame.minutes);
    Object.assign(document.documentElement.dataset, { state: "drawn", frame: frame.number, shown: frame.n });
    if (state.probe) probe(this);
  }

  /** The camera has moved. */
  moved() {
    cancelAnimationFrame(this.asked);
    this.asked = requestAnimationFrame(() => {
      this.scene.draw();
      this.bar();
    });
    this.state.view = this.camera.text;
    this.state.set({});
  }

  resize() {
    const canvas = element("canvas");
    const sharp = this.printing ? 3 : Math.min(devicePixelRatio || 1, 2);
    const { clientWidth: width, clientHeight: height } = element("view");
    this.camera.resize(width, height);
    Object.assign(canvas, { width: Math.round(width * sharp), height: Math.round(height * sharp) });
    if (this.frame) this.scene.draw();
    this.bar();
    this.charts.resize();
  }

  /** The scale bar: the longest round length that takes no more than a quarter of the view. */
  bar() {
    const lengths = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];
    const length = lengths.filter((um) => um * this.camera.scale <= 0.25 * this.camera.size[0]).at(-1) || 1;
    const scale = element("scale");
    scale.firstElementChild.style.width = `${(100 * length * this.camera.scale) / this.camera.size[0] / 0.6}%`; // of 60 % of the view
    scale.replaceChildren(scale.firstElementChild, `${length} µm`);
  }

  async play(on) {
    this.marks(on);
    const mine = (this.playing = on ? {} : null);
    if (!on) return;
    const least = calm ? 700 : Math.max(90, Math.min(240, 9000 / told.frames.length)); // ms that a frame stays
    if (this.state.place === told.frames.length - 1) this.go(0);
    while (this.playing === mine) {
      await Promise.all([this.busy, new Promise((done) => setTimeout(done, least))]);
      if (this.playing !== mine) return;
      this.frames.at(Math.min(this.state.place + 2, told.frames.length - 1)); // is decoded meanwhile
      if (this.state.place === told.frames.length - 1) return this.play(false);
      this.go(this.state.place + 1);
    }
  }

  marks(playing) {
    const button = element("play");
    button.replaceChildren(drawing(playing ? MARK.pause : MARK.play));
    button.setAttribute("aria-label", playing ? "Pause" : "Play");
  }

  repaint() {
    this.charts.draw();
    this.charts.show(this.frame ? this.frame.minutes : 0);
    if (this.frame) this.change();
  }

  /** On paper all is light, and sharper. */
  print(on) {
    this.printing = on;
    document.documentElement.classList.toggle("paper", on);
    this.scene.load(this.frame, this.state);
    this.resize();
    this.charts.draw(on);
    this.charts.show(this.frame.minutes);
    this.controls.follow(this.frame);
  }
}

/** The clone of each cell of a frame; both tables ascend by id. */
function clonesOf(frame, lineage) {
  let row = 0;
  return Array.from(frame.parts.id.values, (id) => {
    while (lineage.ids[row] < id) row++;
    return lineage.ids[row] === id ? lineage.clones[row] : 0;
  });
}

async function begin() {
  write();
  if (!told.frames.length) {
    element("figure").hidden = true;
    new Charts(told, element("series"), () => {});
    document.documentElement.dataset.state = "empty";
    return;
  }
  let painter;
  try {
    if (typeof DecompressionStream === "undefined") throw new Error("no DecompressionStream");
    painter = new Painter(element("canvas"));
  } catch {
    stand("This browser has no WebGL2, so that nothing can be turned here: this is the last frame of the run.");
    new Charts(told, element("series"), () => {}).show(told.frames.at(-1).minutes);
    return;
  }
  const parts = await partsOf(textOf("lineage"));
  const lineage = { ids: parts.id.values, parents: parts.parent.values, clones: parts.clone.values };
  caption();
  const page = new Page(painter, lineage);
  page.resize();
  await page.change();
}

begin().catch((error) => {
  stand(`The view could not be drawn (${error.message}): this is the last frame of the run.`);
});

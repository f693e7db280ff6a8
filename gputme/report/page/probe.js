"use strict";
// What a test asks of a page by #probe in its address.

/** For tests: how many pixels are not paper, how many colours there are, the one in the middle of the picked cell, and
 * how far the page reaches beyond its window. */
function probe(page) {
  const { scene, camera, frame } = page;
  const bytes = scene.painter.pixels();
  const { width, height } = scene.painter.canvas;
  const [r, g, b] = scene.look.paper;
  const colours = new Set();
  let drawn = 0;
  for (let k = 0; k < bytes.length; k += 4) {
    if (Math.abs(bytes[k] - r) + Math.abs(bytes[k + 1] - g) + Math.abs(bytes[k + 2] - b) > 6) drawn++;
    colours.add((bytes[k] >> 4) * 256 + (bytes[k + 1] >> 4) * 16 + (bytes[k + 2] >> 4));
  }
  const { scrollWidth, clientWidth } = document.documentElement;
  const found = { drawn, colours: colours.size, beyond: scrollWidth - clientWidth };
  if (scene.picked >= 0) {
    const at = camera.pixel([...frame.xyz.slice(3 * scene.picked, 3 * scene.picked + 3)]);
    const [x, y] = [(at[0] * width) / camera.size[0], height - (at[1] * height) / camera.size[1]].map(Math.round);
    const k = 4 * (y * width + x);
    found.centre = hexOf([...bytes.slice(k, k + 3)]);
    found.under = String(frame.parts.id.values[cellAt(frame, camera, page.state, scene.planar, at)] || 0);
  }
  Object.assign(document.documentElement.dataset, found);
}

"use strict";
// The renderer's programs. All places are in micrometres; "seen" is right, up and towards us from the centre of the view.

const COMMON = `#version 300 es
precision highp float;
precision highp sampler3D;
uniform mat3 turn;      // from the tissue to the view
uniform vec3 centre;    // what the view is centred on
uniform vec2 scale;     // from micrometres to the canvas, -1 to 1
uniform float depth;    // the farthest before and behind the centre
uniform float pixel;    // micrometres that a pixel takes
uniform bool planar;    // two dimensions: discs and bands, in the order in which they are drawn
uniform vec4 knife;     // the cut: its normal as it is seen, and its place along it; what lies beyond is not there
uniform bool cuts;
uniform vec3 paper;
uniform vec3 ink;
uniform vec3 edge;      // of cells
uniform vec3 glow;      // of cells that are dark on dark paper

float beyond(vec3 seen) { return cuts ? dot(knife.xyz, seen) - knife.w : -1.0; }
// How far towards us the ray through a place meets the cut, where the cut faces us.
bool meets(vec2 at, out float z) {
  z = (knife.w - dot(knife.xy, at)) / max(knife.z, 1e-6);
  return cuts && knife.z > 1e-4;
}
float depth_of(float z) { return 0.5 - 0.5 * z / depth; }
vec3 hazy(vec3 colour, float z, float far) { return mix(colour, paper, clamp(-z / far, 0.0, 1.0) * 0.45); }
vec3 edge_of(vec3 skin) { return dot(skin, vec3(0.3, 0.59, 0.11)) < 0.28 ? glow : edge; }
vec3 lit(vec3 colour, vec3 normal) {
  float light = max(dot(normal, normalize(vec3(-0.45, 0.55, 0.75))), 0.0);
  return colour * (0.66 + 0.4 * light);
}
`;

const VERTEX_HEAD = `${COMMON}
vec4 placed(vec3 seen) { return vec4(seen.xy * scale, -seen.z / depth, 1.0); }
`;

/** Cells: discs in two dimensions, spheres in three, cut open by the knife. */
const CELL = {
  attributes: { corner: 2, place: 3, radius: 1, face: 4, rim: 4 },
  vertex: `${VERTEX_HEAD}
in vec2 corner; in vec3 place; in float radius; in vec4 face; in vec4 rim;
out vec2 at; flat out vec3 middle; flat out float size; flat out vec4 skin; flat out vec4 band;
void main() {
  middle = turn * (place - centre);
  size = radius; skin = face; band = rim;
  at = corner * (radius + pixel);
  gl_Position = placed(vec3(middle.xy + at, middle.z));
}`,
  fragment: `${COMMON}
uniform float far;
in vec2 at; flat in vec3 middle; flat in float size; flat in vec4 skin; flat in vec4 band;
out vec4 colour;
// A section: its nucleus and its rim; how far from the middle, and the radii of the whole and of the nucleus.
vec3 section(float d, float whole, float nucleus) {
  vec3 found = mix(skin.rgb, vec3(0.05, 0.08, 0.12), 0.22 * (1.0 - smoothstep(-pixel, pixel, d - nucleus)));
  float width = band.a > 0.0 ? max(0.16 * size, 1.2 * pixel) : min(0.07 * size, 0.9 * pixel);
  vec3 line = band.a > 0.0 ? band.rgb : mix(skin.rgb, edge_of(skin.rgb), 0.55);
  return mix(found, line, smoothstep(-0.5 * pixel, 0.5 * pixel, d - (whole - width)));
}
void main() {
  float d = length(at);
  float inside = 1.0 - smoothstep(-0.5 * pixel, 0.5 * pixel, d - size);
  if (inside <= 0.0) discard;
  if (planar) { colour = vec4(section(d, size, skin.a * size), inside); gl_FragDepth = 0.5; return; }
  float up = sqrt(max(size * size - d * d, 0.0));
  vec3 front = vec3(middle.xy + at, middle.z + up);
  float z;
  if (beyond(front) > 0.0) {
    if (!meets(front.xy, z) || z < middle.z - up || z > middle.z + up) discard;
    float away = abs(dot(knife.xyz, middle) - knife.w);          // of the centre from the cut
    vec3 within = vec3(front.xy, z) - middle;
    float across = sqrt(max(dot(within, within) - away * away, 0.0));
    float whole = sqrt(max(size * size - away * away, 0.0));
    float nucleus = sqrt(max(skin.a * skin.a * size * size - away * away, 0.0));
    colour = vec4(hazy(section(across, whole, nucleus), z, far), inside);
    gl_FragDepth = depth_of(z);
    return;
  }
  vec3 normal = vec3(at, up) / size;
  vec3 found = band.a > 0.0 ? mix(skin.rgb, band.rgb, smoothstep(0.72, 0.8, d / size)) : skin.rgb;
  found = mix(lit(found, normal), edge_of(skin.rgb), 0.45 * smoothstep(0.8, 1.0, d / size));
  colour = vec4(hazy(found, front.z, far), inside);
  gl_FragDepth = depth_of(front.z);
}`,
};

/** Vessels: bands in two dimensions, tubes in three; hollow where blood stands still. */
const TUBE = {
  attributes: { corner: 2, from: 3, to: 3, radius: 1, flows: 1 },
  vertex: `${VERTEX_HEAD}
in vec2 corner; in vec3 from; in vec3 to; in float radius; in float flows;
out vec2 at; flat out vec3 a; flat out vec3 b; flat out float size; flat out float blood;
void main() {
  a = turn * (from - centre); b = turn * (to - centre);
  size = max(radius, 0.75 * pixel); blood = flows;
  vec2 way = b.xy - a.xy;
  way = length(way) > 1e-4 ? normalize(way) : vec2(1.0, 0.0);
  vec2 side = vec2(-way.y, way.x);
  float reach = size + 2.0 * pixel;
  vec2 end = corner.x < 0.0 ? a.xy : b.xy;
  at = end + reach * (corner.x * way + corner.y * side);
  gl_Position = placed(vec3(at, 0.5 * (a.z + b.z)));
}`,
  fragment: `${COMMON}
uniform float far;
uniform vec3 red;
uniform bool rims;      // in two dimensions rims are drawn first, so that pieces of a vessel are one
in vec2 at; flat in vec3 a; flat in vec3 b; flat in float size; flat in float blood;
out vec4 colour;
float along(vec3 p) { vec3 axis = b - a; return clamp(dot(p - a, axis) / max(dot(axis, axis), 1e-8), 0.0, 1.0); }
void main() {
  if (planar) {
    float d = length(at - mix(a.xy, b.xy, along(vec3(at, mix(a.z, b.z, 0.5)))));
    float reach = rims ? size + pixel : blood > 0.5 ? size : size - 0.5 * pixel;
    float inside = 1.0 - smoothstep(-0.5 * pixel, 0.5 * pixel, d - reach);
    if (inside <= 0.0) discard;
    colour = vec4(rims == (blood > 0.5) ? paper : rims ? ink : red, inside);
    gl_FragDepth = 0.5;
    return;
  }
  // The nearest point towards us on the tube: on its side, else on the ball at an end.
  vec3 axis = b - a;
  float whole = dot(axis, axis);
  vec2 flat_axis = axis.xy;
  float bend = dot(flat_axis, flat_axis);
  vec2 off = at - a.xy;
  float z = -1e9;
  vec3 normal = vec3(0.0, 0.0, 1.0);
  if (bend > 1e-6 * whole) {
    float across = (off.x * flat_axis.y - off.y * flat_axis.x) / sqrt(bend);
    float rest = size * size - across * across;
    if (rest >= 0.0) {
      float along_flat = dot(off, flat_axis) / sqrt(bend);
      float tilt = axis.z / sqrt(bend);
      float top = a.z + along_flat * tilt + sqrt(rest * whole / bend);
      float share = dot(vec3(at, top) - a, axis) / whole;
      if (share >= 0.0 && share <= 1.0) { z = top; normal = (vec3(at, top) - mix(a, b, share)) / size; }
    }
  }
  for (int end = 0; end < 2; end++) {
    vec3 ball = end == 0 ? a : b;
    float rest = size * size - dot(at - ball.xy, at - ball.xy);
    float top = ball.z + sqrt(max(rest, 0.0));
    if (rest >= 0.0 && top > z) { z = top; normal = (vec3(at, top) - ball) / size; }
  }
  if (z < -1e8) discard;
  vec3 skin = blood > 0.5 ? red : mix(paper, ink, 0.35);
  if (beyond(vec3(at, z)) > 0.0) {
    float cut;
    if (!meets(at, cut)) discard;
    vec3 p = vec3(at, cut);
    float d = length(p - mix(a, b, along(p)));
    if (cut > z || d > size) discard;
    z = cut;
    colour = vec4(hazy(mix(skin * (blood > 0.5 ? 0.75 : 1.15), ink, step(0.8, d / size) * 0.5), z, far), 1.0);
  } else {
    colour = vec4(hazy(mix(lit(skin, normal), skin * 0.45, 0.5 * smoothstep(0.75, 1.0, 1.0 - normal.z)), z, far), 1.0);
  }
  gl_FragDepth = depth_of(z);
}`,
};

/** Lines of a width in pixels: fibres, the membrane, the walls of the domain. */
const LINE = {
  attributes: { corner: 2, from: 3, to: 3, tint: 4 },
  vertex: `${VERTEX_HEAD}
uniform float width;   // pixels
uniform float lift;    // towards us, of the depth
in vec2 corner; in vec3 from; in vec3 to; in vec4 tint;
out vec2 side; out vec4 dye; out vec3 seen;
void main() {
  vec3 a = turn * (from - centre); vec3 b = turn * (to - centre);
  vec2 way = b.xy - a.xy;
  way = length(way) > 1e-4 ? normalize(way) : vec2(1.0, 0.0);
  float half_width = 0.5 * width * pixel + 0.75 * pixel;
  side = vec2(corner.y * half_width, 0.5 * width * pixel);
  dye = tint;
  vec3 end = corner.x < 0.0 ? a : b;
  seen = end;
  gl_Position = placed(end + vec3(half_width * corner.y * vec2(-way.y, way.x), 0.0));
  gl_Position.z -= lift;
}`,
  fragment: `${COMMON}
in vec2 side; in vec4 dye; in vec3 seen;
out vec4 colour;
void main() {
  if (beyond(seen) > 0.5 * pixel) discard;
  float inside = 1.0 - smoothstep(-0.5 * pixel, 0.5 * pixel, abs(side.x) - side.y);
  if (inside * dye.a < 0.02) discard; // or it would hide what is drawn later behind it
  colour = vec4(dye.rgb, dye.a * inside);
}`,
};

/** One field on a plane, and a dashed line where it has a given value. */
const PLANE = {
  attributes: { from: 3 },
  vertex: `${VERTEX_HEAD}
uniform vec3 origin; uniform vec3 extent;
in vec3 from;
out vec3 texel;
void main() {
  texel = (from - origin) / extent;
  gl_Position = placed(turn * (from - centre));
  gl_Position.z += 4e-5;
}`,
  fragment: `${COMMON}
uniform sampler3D field; uniform sampler2D ramp;
uniform vec2 span;      // of the field's bytes
uniform vec2 ends;      // of the colours
uniform float level;    // of the line
uniform bool lined;
in vec3 texel;
out vec4 colour;
void main() {
  float value = mix(span.x, span.y, texture(field, texel).r * 255.0 / 254.0);
  float share = clamp((value - ends.x) / (ends.y - ends.x), 0.0, 1.0);
  vec3 found = texture(ramp, vec2((share * 255.0 + 0.5) / 256.0, 0.5)).rgb;
  float away = abs(value - level) / max(fwidth(value), 1e-6);
  bool dash = mod(gl_FragCoord.x + gl_FragCoord.y, 11.0) < 7.0;
  float line = lined && dash ? 1.0 - smoothstep(0.6, 1.2, away) : 0.0;
  colour = vec4(mix(found, ink, 0.85 * line), 1.0);
}`,
};

/** A ring around the picked cell, and around its kin. */
const RING = {
  attributes: { corner: 2, place: 3, radius: 1 },
  vertex: `${VERTEX_HEAD}
uniform float width;
in vec2 corner; in vec3 place; in float radius;
out vec2 at; flat out float size;
void main() {
  vec3 middle = turn * (place - centre);
  size = max(radius + 2.0 * pixel, 6.0 * pixel) + 0.5 * width * pixel;
  at = corner * (size + 3.0 * width * pixel);
  gl_Position = placed(vec3(middle.xy + at, 0.0));
  gl_Position.z = -0.999;
}`,
  fragment: `${COMMON}
uniform float width;
in vec2 at; flat in float size;
out vec4 colour;
void main() {
  float away = abs(length(at) - size) / pixel;
  float line = 1.0 - smoothstep(0.5 * width, 0.5 * width + 1.0, away);
  float halo = 1.0 - smoothstep(0.9 * width, 0.9 * width + 1.0, away);
  if (halo <= 0.0) discard;
  colour = vec4(mix(paper, ink, line), max(line, 0.85 * halo));
}`,
};

"use strict";
// The little of WebGL2 that the renderer needs: programs, arrays of instances, textures.

const QUAD = new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]);

class Painter {
  /** Throws where the browser has no WebGL2. */
  constructor(canvas) {
    const gl = canvas.getContext("webgl2", { antialias: true, alpha: false, preserveDrawingBuffer: true });
    if (!gl) throw new Error("no WebGL2");
    this.gl = gl;
    this.canvas = canvas;
    this.made = new Map();
    this.textures = new Map();
    this.quad = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, this.quad);
    gl.bufferData(gl.ARRAY_BUFFER, QUAD, gl.STATIC_DRAW);
  }

  /** A program with the places of its attributes and uniforms. */
  program(source) {
    if (this.made.has(source)) return this.made.get(source);
    const { gl } = this;
    const program = gl.createProgram();
    for (const [kind, text] of [[gl.VERTEX_SHADER, source.vertex], [gl.FRAGMENT_SHADER, source.fragment]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
    }
    Object.keys(source.attributes).forEach((name, k) => gl.bindAttribLocation(program, k, name));
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
    const uniforms = {};
    const number = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS);
    for (let k = 0; k < number; k++) {
      const { name, type } = gl.getActiveUniform(program, k);
      uniforms[name] = { at: gl.getUniformLocation(program, name), type };
    }
    const found = { program, uniforms, source };
    this.made.set(source, found);
    return found;
  }

  /** Arrays on the device, one entry per instance: drawn by `draw`, given back by `free`. */
  batch(source, count, arrays) {
    const { gl } = this;
    const vao = gl.createVertexArray();
    const buffers = [];
    gl.bindVertexArray(vao);
    Object.entries(source.attributes).forEach(([name, width], place) => {
      const own = name !== "corner";
      const data = own ? arrays[name] : QUAD;
      const buffer = own ? gl.createBuffer() : this.quad;
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      if (own) {
        gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
        buffers.push(buffer);
      }
      const bytes = data instanceof Uint8Array;
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, width, bytes ? gl.UNSIGNED_BYTE : gl.FLOAT, bytes, 0, 0);
      gl.vertexAttribDivisor(place, own && source.attributes.corner ? 1 : 0);
    });
    gl.bindVertexArray(null);
    return { source, count, vao, buffers };
  }

  free(batch) {
    if (!batch) return;
    batch.buffers.forEach((buffer) => this.gl.deleteBuffer(buffer));
    this.gl.deleteVertexArray(batch.vao);
  }

  /** Draw a batch with these uniforms. */
  draw(batch, uniforms) {
    if (!batch || !batch.count) return;
    const { gl } = this;
    const { program, uniforms: known } = this.program(batch.source);
    gl.useProgram(program);
    for (const [name, { at, type }] of Object.entries(known)) {
      if (name in uniforms) this.uniform(at, type, uniforms[name]);
    }
    gl.bindVertexArray(batch.vao);
    if (batch.source.attributes.corner) gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, batch.count);
    else gl.drawArrays(gl.TRIANGLE_STRIP, 0, batch.count);
    gl.bindVertexArray(null);
  }

  uniform(at, type, value) {
    const { gl } = this;
    if (type === gl.FLOAT) gl.uniform1f(at, value);
    else if (type === gl.BOOL) gl.uniform1i(at, value ? 1 : 0);
    else if (type === gl.SAMPLER_2D || type === gl.SAMPLER_3D) gl.uniform1i(at, value);
    else if (type === gl.FLOAT_VEC2) gl.uniform2fv(at, value);
    else if (type === gl.FLOAT_VEC3) gl.uniform3fv(at, value);
    else if (type === gl.FLOAT_VEC4) gl.uniform4fv(at, value);
    else if (type === gl.FLOAT_MAT3) gl.uniformMatrix3fv(at, true, value);
  }

  /** Bytes as a texture in a unit: a volume [nz, ny, nx], or a row of colours. */
  texture(unit, bytes, shape) {
    const { gl } = this;
    const kind = shape ? gl.TEXTURE_3D : gl.TEXTURE_2D;
    if (!this.textures.has(unit)) this.textures.set(unit, gl.createTexture());
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(kind, this.textures.get(unit));
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    for (const side of ["TEXTURE_WRAP_S", "TEXTURE_WRAP_T", ...(shape ? ["TEXTURE_WRAP_R"] : [])]) {
      gl.texParameteri(kind, gl[side], gl.CLAMP_TO_EDGE);
    }
    gl.texParameteri(kind, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
    gl.texParameteri(kind, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    if (shape) gl.texImage3D(kind, 0, gl.R8, shape[2], shape[1], shape[0], 0, gl.RED, gl.UNSIGNED_BYTE, bytes);
    else gl.texImage2D(kind, 0, gl.RGBA, bytes.length / 4, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
    return unit;
  }

  /** A clean canvas, with or without depth. */
  begin(colour, solid) {
    const { gl, canvas } = this;
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(...colour.map((part) => part / 255), 1);
    gl.depthMask(true);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    (solid ? gl.enable : gl.disable).call(gl, gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
  }

  /** The colours of all pixels, four bytes each. */
  pixels() {
    const { gl, canvas } = this;
    const bytes = new Uint8Array(4 * canvas.width * canvas.height);
    gl.readPixels(0, 0, canvas.width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
    return bytes;
  }
}

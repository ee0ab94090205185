// One snapshot of training: its header and the arrays behind it, read in place.
import type { Buffers } from "./link";
import type { FrameEvent, LayerShape, Shapes } from "./messages";

type Numbers = Float32Array | Uint8Array;

export function floats(bytes: Uint8Array): Float32Array {
  if (bytes.byteOffset % 4 === 0) return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  return new Float32Array(bytes.slice().buffer); // a notebook's buffers may lie anywhere
}

export class Frame {
  private readonly arrays = new Map<string, { values: Numbers; shape: number[] }>();

  constructor(readonly header: FrameEvent, buffers: Buffers) {
    header.parts.forEach((part, k) => {
      const values = part.dtype === "float32" ? floats(buffers[k]) : buffers[k];
      this.arrays.set(part.name, { values, shape: part.shape });
    });
  }

  array(name: string): Numbers | undefined { return this.arrays.get(name)?.values; }
  shape(name: string): number[] { return this.arrays.get(name)?.shape ?? []; }
}

/** Reads weights and biases of the layers that are drawn out of vectors of all parameters. */
export class Reader {
  readonly dense: LayerShape[];
  private readonly offsets: { W: number; b: number; units: number }[];

  constructor(shapes: Shapes) {
    this.dense = shapes.columns.map((index) => shapes.layers[index]);
    this.offsets = this.dense.map(({ offsets, units }) => ({ W: offsets.W, b: offsets.b ?? -1, units }));
  }

  W(values: Numbers, depth: number, from: number, to: number): number {
    const { W, units } = this.offsets[depth];
    return values[W + from * units + to];
  }

  b(values: Numbers, depth: number, unit: number): number {
    const { b } = this.offsets[depth];
    return b < 0 ? 0 : values[b + unit];
  }

  inputs(depth: number): number { return this.dense[depth].parameters.W[0]; }

  /** The largest size of a weight of that layer: the widest line. */
  largest(values: Numbers, depth: number): number {
    const { W, units } = this.offsets[depth];
    const end = W + this.inputs(depth) * units;
    let size = 1e-12;
    for (let k = W; k < end; k++) size = Math.max(size, Math.abs(values[k]));
    return size;
  }
}

// What each unit responds to, painted into one canvas under the frames of the units: maps over two inputs, curves over one.
import { css, divergingTable, palette } from "../colours";
import type { Plane } from "../messages";
import type { Store, UnitMaps } from "../store";
import type { Box } from "./geometry";
import { cleared } from "./sheet";
import type { Unit } from "./units";

export class Maps {
  private painted: UnitMaps | null = null;
  private readonly pictures = new Pictures();
  private inputs = { key: "", cells: new Map<number, Uint8Array | null>() };

  constructor(private readonly canvas: HTMLCanvasElement) {}

  /** Maps that came with a frame; the same are painted again where the drawing or its colours have changed. */
  paint(units: Unit[], store: Store, again: boolean): void {
    if (!again && store.maps && store.maps === this.painted) return;
    const anew = this.moved(store) || again || !this.painted || store.maps?.shape[1] === 1;
    const context = anew ? this.paper(units) : this.canvas.getContext("2d")!;
    this.painted = store.maps;
    if (!store.maps) return;
    const { values, shape: [, rows, columns] } = store.maps;
    const first = firstUnits(store), cell = rows * columns;
    for (const { depth, unit, box } of units) {
      if (depth < 0 && !anew) continue; // those of inputs do not change
      const place = depth < 0 ? -1 : first[depth] + unit;
      const cells = depth < 0 ? this.input(store, unit, rows, columns) : values.subarray(place * cell, (place + 1) * cell);
      if (!cells) continue;
      if (rows === 1) this.curve(context, cells, box);
      else this.pictures.put(context, cells, rows, columns, box);
    }
  }

  /** The canvas, empty, with a grey square for each unit. */
  private paper(units: Unit[]): CanvasRenderingContext2D {
    const context = cleared(this.canvas);
    context.fillStyle = css(palette().middle);
    for (const { box } of units) context.fillRect(box.x, box.y, box.size, box.size);
    return context;
  }

  /** Whether the maps lie over other inputs, or are of another size. */
  private moved(store: Store): boolean {
    const { axes, extent } = store.frame?.header ?? {};
    const key = `${axes} ${extent} ${store.maps?.shape} ${store.plain}`;
    if (this.inputs.key === key) return false;
    this.inputs = { key, cells: new Map() };
    return true;
  }

  private input(store: Store, unit: number, rows: number, columns: number): Uint8Array | null {
    if (!this.inputs.cells.has(unit)) this.inputs.cells.set(unit, inputMap(store, unit, rows, columns));
    return this.inputs.cells.get(unit)!;
  }

  private curve(context: CanvasRenderingContext2D, cells: ArrayLike<number>, { x, y, size }: Box): void {
    context.strokeStyle = css(palette().positive);
    context.lineWidth = 1.5;
    context.beginPath();
    for (let k = 0; k < cells.length; k++) context.lineTo(x + (size * k) / (cells.length - 1), y + size * (1 - cells[k] / 255));
    context.stroke();
  }
}

/** Maps in the pixels of the screen: each pixel takes the colour of the cell that it lies in. */
class Pictures {
  private readonly known = new Map<string, { image: ImageData; pixels: Uint32Array; cells: Uint16Array }>();

  put(context: CanvasRenderingContext2D, values: ArrayLike<number>, rows: number, columns: number, { x, y, size }: Box): void {
    const ratio = devicePixelRatio || 1, colours = divergingTable();
    const { image, pixels, cells } = this.of(context, Math.round(size * ratio), rows, columns);
    for (let k = 0; k < pixels.length; k++) pixels[k] = colours[values[cells[k]]];
    context.putImageData(image, Math.round(x * ratio), Math.round(y * ratio));
  }

  /** Memory of a size, with the cell of each pixel. */
  private of(context: CanvasRenderingContext2D, side: number, rows: number, columns: number) {
    const key = `${side} ${rows} ${columns}`;
    let found = this.known.get(key);
    if (!found) {
      const image = context.createImageData(side, side);
      const at = (k: number, count: number): number => Math.floor(((k + 0.5) * count) / side);
      const cells = Uint16Array.from({ length: side * side }, (_, k) => at(Math.floor(k / side), rows) * columns + at(k % side, columns));
      found = { image, pixels: new Uint32Array(image.data.buffer), cells };
      this.known.set(key, found);
    }
    return found;
  }
}

function firstUnits(store: Store): number[] {
  let sum = 0;
  return store.reader!.dense.map((layer) => (sum += layer.units) - layer.units);
}

/** An input over the map is its own coordinate; of others the map says nothing. */
function inputMap(store: Store, input: number, rows: number, columns: number): Uint8Array | null {
  const { axes } = store.frame!.header;
  if (!store.plain) return null;
  if (store.rows?.plane && rows > 1) return overPlane(store.rows.plane, store.frame!.header.extent, input, rows, columns);
  const along = rows === 1 ? 0 : axes ? axes.indexOf(input) : -1;
  if (along < 0 || (rows === 1 && input > 0)) return null;
  return Uint8Array.from({ length: rows * columns }, (_, k) =>
    along === 0 ? 255 * ((k % columns) / (columns - 1)) : 255 * (1 - Math.floor(k / columns) / (rows - 1)));
}

/** An input over two principal components rises in one direction; grey is 0, the colours reach to its largest size. */
function overPlane({ centre, directions: [right, up] }: Plane, [x0, x1, y0, y1]: number[], input: number, rows: number, columns: number): Uint8Array {
  const values = Float64Array.from({ length: rows * columns }, (_, k) => {
    const x = x0 + ((x1 - x0) * ((k % columns) + 0.5)) / columns, y = y1 - ((y1 - y0) * (Math.floor(k / columns) + 0.5)) / rows;
    return centre[input] + x * right[input] + y * up[input];
  });
  const largest = values.reduce((size, value) => Math.max(size, Math.abs(value)), 1e-30);
  return Uint8Array.from(values, (value) => 128.5 + (127 * value) / largest);
}

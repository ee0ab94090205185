// What each unit responds to, painted into one canvas under the frames of the units: maps over two inputs, curves over one.
import { css, divergingTable, palette } from "../colours";
import type { Store } from "../store";
import type { Unit } from "./units";

export class Maps {
  private readonly small = document.createElement("canvas");

  constructor(private readonly canvas: HTMLCanvasElement) {}

  resize(width: number, height: number): void {
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
  }

  paint(units: Unit[], store: Store): void {
    const context = this.canvas.getContext("2d")!;
    const ratio = devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.fillStyle = css(palette().middle);
    for (const { box } of units) context.fillRect(box.x, box.y, box.size, box.size);
    const maps = store.frame?.array("maps");
    if (!maps) return;
    const [, rows, columns] = store.frame!.shape("maps");
    const first = firstUnits(store);
    for (const { depth, unit, box } of units) {
      const cells = depth < 0 ? inputMap(store, unit, rows, columns) : maps.subarray((first[depth] + unit) * rows * columns, (first[depth] + unit + 1) * rows * columns);
      if (!cells) continue;
      if (rows === 1) this.curve(context, cells, box);
      else this.map(context, cells, rows, columns, box);
    }
  }

  private map(context: CanvasRenderingContext2D, cells: ArrayLike<number>, rows: number, columns: number, box: { x: number; y: number; size: number }): void {
    if (this.small.width !== columns || this.small.height !== rows) Object.assign(this.small, { width: columns, height: rows });
    const small = this.small.getContext("2d", { willReadFrequently: true })!;
    const image = small.createImageData(columns, rows);
    const pixels = new Uint32Array(image.data.buffer);
    const colours = divergingTable();
    for (let k = 0; k < pixels.length; k++) pixels[k] = colours[cells[k]];
    small.putImageData(image, 0, 0);
    context.drawImage(this.small, box.x, box.y, box.size, box.size);
  }

  private curve(context: CanvasRenderingContext2D, cells: ArrayLike<number>, { x, y, size }: { x: number; y: number; size: number }): void {
    context.strokeStyle = css(palette().positive);
    context.lineWidth = 1.5;
    context.beginPath();
    for (let k = 0; k < cells.length; k++) context.lineTo(x + (size * k) / (cells.length - 1), y + size * (1 - cells[k] / 255));
    context.stroke();
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
  const along = rows === 1 ? 0 : axes ? axes.indexOf(input) : -1;
  if (along < 0 || (rows === 1 && input > 0)) return null;
  return Uint8Array.from({ length: rows * columns }, (_, k) =>
    along === 0 ? 255 * ((k % columns) / (columns - 1)) : 255 * (1 - Math.floor(k / columns) / (rows - 1)));
}

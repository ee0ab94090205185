// What each unit responds to, painted into one canvas under the frames of the units: maps over two inputs, curves over one.
import { css, divergingTable, palette } from "../colours";
import type { Store, UnitMaps } from "../store";
import { cleared } from "./sheet";
import type { Unit } from "./units";

export class Maps {
  private readonly all = document.createElement("canvas");
  private readonly one = document.createElement("canvas");

  private painted: UnitMaps | null = null;

  constructor(private readonly canvas: HTMLCanvasElement) {}

  /** Maps that came with a frame; the same are painted again where the drawing or its colours have changed. */
  paint(units: Unit[], store: Store, again: boolean): void {
    if (!again && store.maps && store.maps === this.painted) return;
    this.painted = store.maps;
    const context = cleared(this.canvas);
    context.fillStyle = css(palette().middle);
    for (const { box } of units) context.fillRect(box.x, box.y, box.size, box.size);
    if (!store.maps) return;
    const { values: maps, shape: [count, rows, columns] } = store.maps;
    const first = firstUnits(store), cell = rows * columns;
    if (rows > 1) coloured(this.all, maps, count * rows, columns); // one image, the maps below each other
    for (const { depth, unit, box } of units) {
      const place = depth < 0 ? -1 : first[depth] + unit;
      const input = depth < 0 ? inputMap(store, unit, rows, columns) : null;
      if (rows === 1) {
        const cells = input ?? (place < 0 ? null : maps.subarray(place * cell, (place + 1) * cell));
        if (cells) this.curve(context, cells, box);
      } else if (input) context.drawImage(coloured(this.one, input, rows, columns), box.x, box.y, box.size, box.size);
      else if (place >= 0) context.drawImage(this.all, 0, place * rows, columns, rows, box.x, box.y, box.size, box.size);
    }
  }

  private curve(context: CanvasRenderingContext2D, cells: ArrayLike<number>, { x, y, size }: { x: number; y: number; size: number }): void {
    context.strokeStyle = css(palette().positive);
    context.lineWidth = 1.5;
    context.beginPath();
    for (let k = 0; k < cells.length; k++) context.lineTo(x + (size * k) / (cells.length - 1), y + size * (1 - cells[k] / 255));
    context.stroke();
  }
}

/** An image of bytes, a pixel each. */
function coloured(canvas: HTMLCanvasElement, cells: ArrayLike<number>, rows: number, columns: number): HTMLCanvasElement {
  if (canvas.width !== columns || canvas.height !== rows) Object.assign(canvas, { width: columns, height: rows });
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer), colours = divergingTable();
  for (let k = 0; k < pixels.length; k++) pixels[k] = colours[cells[k]];
  context.putImageData(image, 0, 0);
  return canvas;
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

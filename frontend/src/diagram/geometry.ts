// Where each unit of the network is drawn. Layers with more units than fit are folded.
import type { Store } from "../store";

export interface Box { unit: number; x: number; y: number; size: number }
export interface Column { depth: number; x: number; width: number; pitch: number; count: number; boxes: Box[]; hidden: number; foldY: number }
/** A way around layers: from a column to the one whose outputs its own are added to, over the columns between them. */
export interface Arch { from: number; to: number; path: string; at: [number, number] }
export interface Geometry { width: number; height: number; columns: Column[]; arches: Arch[] }

export const MOST_SHOWN = 16; // units of a layer, unless it is unfolded
const HEIGHT = 410, LEAST_HEIGHT = 240, LEAST_COLUMN = 88, LARGEST = 60, SMALLEST = 20, GAP = 17;
const BELOW = 30; // a large unit: its bias, and the name of the next
const FIRST = 0.6; // of a column: where the inputs are, whose names stand before them
const BETWEEN = 44; // pixels that a number needs between two columns
const RISE = 24; // of an arch over the one inside it
const ABOVE = 18; // a unit: where its name ends

export function geometry(store: Store, room: number, unfolded: Set<number>): Geometry {
  const counts = [store.shapes!.inputs.length, ...store.reader!.dense.map((layer) => layer.units)];
  const width = Math.max(room, LEAST_COLUMN * counts.length);
  const step = width / counts.length;
  const tallest = Math.max(...counts.map((count, k) => (unfolded.has(k - 1) ? count : Math.min(count, MOST_SHOWN))));
  const { skips } = store.shapes!, levels = nested(skips);
  const height = Math.max(LEAST_HEIGHT, Math.min(HEIGHT, tallest * (LARGEST + BELOW)), tallest * (SMALLEST + GAP));
  const columns = counts.map((count, k) => column(k - 1, count, step * (k ? k + 0.5 : FIRST), step, height, unfolded.has(k - 1)));
  const over = skips.map(([from, to], k) => Math.min(...columns.slice(from + 1, to + 2).map((each) => each.boxes[0].y)) - ABOVE - RISE * levels[k]);
  const lift = Math.max(0, 2 - Math.min(2, ...over)); // where a way around has no room above the units
  for (const each of columns) {
    each.foldY += lift;
    for (const box of each.boxes) box.y += lift;
  }
  const arches = skips.map(([from, to], k) => arch(columns[from + 1], columns[to + 1], over[k] + lift));
  return { width, height: height + lift, columns, arches };
}

/** How many ways around lie within each, itself among them. */
const nested = (skips: [number, number][]): number[] => {
  const levels: number[] = [];
  for (const [from, to] of skips)
    levels.push(1 + Math.max(0, ...levels.filter((_, k) => skips[k][0] >= from && skips[k][1] <= to)));
  return levels;
};

function column(depth: number, count: number, x: number, width: number, height: number, whole: boolean): Column {
  const shown = whole || count <= MOST_SHOWN ? count : MOST_SHOWN - 2;
  const slots = shown < count ? shown + 1 : shown;
  const pitch = Math.min(LARGEST + BELOW, height / slots);
  const size = Math.max(SMALLEST, Math.min(LARGEST, pitch - GAP, 0.9 * width - BETWEEN));
  const top = (height - pitch * slots) / 2 + pitch / 2;
  const boxes = Array.from({ length: shown }, (_, unit) => ({ unit, x: x - size / 2, y: top + unit * pitch - size / 2 - 7, size }));
  return { depth, x, width, pitch, count, boxes, hidden: count - shown, foldY: top + shown * pitch };
}

/** From the top of a column, over what lies between, to the top of another. */
function arch(from: Column, to: Column, y: number): Arch {
  const [x0, y0, x1, y1] = [from.x, from.boxes[0].y - ABOVE, to.x, to.boxes[0].y - ABOVE];
  const turn = Math.min(14, (x1 - x0) / 4);
  return {
    from: from.depth, to: to.depth, at: [x1, (y + y1) / 2],
    path: `M${x0} ${y0}V${y + turn}Q${x0} ${y} ${x0 + turn} ${y}H${x1 - turn}Q${x1} ${y} ${x1} ${y + turn}V${y1}`,
  };
}

/** Lines leave and enter a unit beside each other, so that they can be told apart. */
const door = (box: Box, k: number, count: number): number =>
  box.y + box.size / 2 + (count > 1 ? (k / (count - 1) - 0.5) * Math.min(box.size * 0.8, (count - 1) * 13) : 0);

export interface Curve { path: string; at: (t: number) => [number, number]; room: [number, number] }

/** A line from the right of a unit to the left of another, points on it, and from where to where it goes. */
export function curve(from: Box, to: Box, n_from: number, n_to: number): Curve {
  const [x0, y0, x1, y1] = [from.x + from.size, door(from, to.unit, n_to), to.x, door(to, from.unit, n_from)];
  const bend = (x1 - x0) * 0.45;
  const [a, b] = [x0 + bend, x1 - bend];
  const point = (t: number): [number, number] => {
    const u = 1 - t;
    return [u ** 3 * x0 + 3 * u * u * t * a + 3 * u * t * t * b + t ** 3 * x1, (u ** 3 + 3 * u * u * t) * y0 + (3 * u * t * t + t ** 3) * y1];
  };
  return { path: `M${x0.toFixed(1)} ${y0.toFixed(1)}C${a.toFixed(1)} ${y0.toFixed(1)} ${b.toFixed(1)} ${y1.toFixed(1)} ${x1.toFixed(1)} ${y1.toFixed(1)}`, at: point, room: [x0, x1] };
}

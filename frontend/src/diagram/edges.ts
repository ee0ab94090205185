// The weights: each an element that can be focused and clicked; their lines are painted on a canvas below.
import { lineColour } from "../colours";
import { s, setAttribute } from "../dom";
import { labelled, weightName } from "../names";
import { withSign } from "../numbers";
import type { Store } from "../store";
import { type Geometry, curve } from "./geometry";
import { written } from "./written";

export interface Edge { depth: number; from: number; to: number; element: SVGGElement; line: Path2D; at: [number, number]; told: boolean }

const MOST_NUMBERS = 24; // more of them would cover each other
const WIDEST = 7, WIDEST_OF_MANY = 3;
const HALF = 19, HEIGHT = 9; // half of the width of a number, and its height
const NARROW = 70, MOST_IN_NARROW = 6; // pixels between two columns; numbers that can be told apart there
export const MANY = 100; // lines, from which on they are drawn in less detail

export function drawEdges(into: SVGGElement, plan: Geometry): Edge[] {
  const edges: Edge[] = [];
  plan.columns.slice(1).forEach((column, depth) => {
    const sources = plan.columns[depth].boxes;
    const many = sources.length * column.boxes.length > MOST_IN_NARROW;
    const end = column.boxes.length < sources.length ? 0.22 : 0.76; // the numbers are where fewer lines meet
    for (const from of sources)
      for (const to of column.boxes) {
        const { path, at, room } = curve(from, to, sources.length, column.boxes.length);
        const element = s("g", { class: "gn-edge", role: "button", tabindex: "-1" }, s("path", { class: "gn-hit", d: path }));
        edges.push({ depth, from: from.unit, to: to.unit, element, line: new Path2D(path), at: within(at, end, room), told: !many || room[1] - room[0] >= NARROW });
      }
  });
  apart(edges);
  into.replaceChildren(...edges.map((edge) => edge.element));
  return edges;
}

/** Of numbers that would cover each other, the first is written. */
function apart(edges: Edge[]): void {
  const written: Edge[] = [];
  for (const edge of edges.filter((each) => each.told)) {
    edge.told = !written.some(({ at: [x, y] }) => Math.abs(x - edge.at[0]) < 2 * HALF && Math.abs(y - edge.at[1]) < HEIGHT);
    if (edge.told) written.push(edge);
  }
}

/** The point of a line nearest to where its number is to be at which the number does not touch the units. */
function within(at: (t: number) => [number, number], wanted: number, [left, right]: [number, number]): [number, number] {
  const by = wanted < 0.5 ? 0.02 : -0.02;
  for (let t = wanted; (t - 0.5) * by < 0; t += by) {
    const [x] = at(t);
    if (x >= left + HALF && x <= right - HALF) return at(t);
  }
  return at(0.5);
}

export function paintEdges(context: CanvasRenderingContext2D, edges: Edge[], store: Store): void {
  const values = store.frame?.array("parameters");
  if (!values) return;
  const reader = store.reader!;
  const many = edges.length > MANY, widest = many ? WIDEST_OF_MANY : WIDEST;
  const largest = reader.dense.map((_, depth) => reader.largest(values, depth));
  for (const { depth, from, to, line } of edges) {
    const value = reader.W(values, depth, from, to);
    const share = value / largest[depth];
    const width = 0.7 + widest * Math.abs(share) * Math.min(1, largest[depth]);
    context.strokeStyle = lineColour(share);
    context.lineWidth = width;
    context.setLineDash(value >= 0 || (many && width < 1) ? [] : many ? [14, 7] : [4 + 1.6 * width, 2 + 0.5 * width]);
    context.stroke(line);
  }
  context.setLineDash([]);
  if (edges.length > MOST_NUMBERS) return;
  for (const { depth, from, to, at: [x, y], told } of edges) if (told) written(context, withSign(reader.W(values, depth, from, to)), x, y + 3.5, true);
}

/** What a screen reader says; set when training pauses, for nobody hears thirty a second. */
export function labelEdges(edges: Edge[], store: Store): void {
  const values = store.frame?.array("parameters");
  for (const { depth, from, to, element } of edges)
    setAttribute(element, "aria-label", labelled(weightName(store, depth, from, to), values && store.reader!.W(values, depth, from, to)));
}

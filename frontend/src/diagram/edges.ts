// The weights: each an element that can be focused and clicked, its width and colour following training.
import { lineColour } from "../colours";
import { s, say, setAttribute } from "../dom";
import { labelled, weightName } from "../names";
import { withSign } from "../numbers";
import type { Store } from "../store";
import { type Geometry, curve } from "./geometry";

export interface Edge { depth: number; from: number; to: number; element: SVGGElement; line: SVGPathElement; number: SVGTextElement | null }

const MOST_NUMBERS = 24; // more of them would cover each other
const WIDEST = 7, WIDEST_OF_MANY = 3, MANY = 100;

export function drawEdges(into: SVGGElement, plan: Geometry): Edge[] {
  const edges: Edge[] = [];
  const total = plan.columns.slice(1).reduce((sum, to, k) => sum + to.boxes.length * plan.columns[k].boxes.length, 0);
  plan.columns.slice(1).forEach((column, depth) => {
    const sources = plan.columns[depth].boxes;
    const end = column.boxes.length < sources.length ? 0.22 : 0.76; // the numbers are where fewer lines meet
    for (const from of sources)
      for (const to of column.boxes) {
        const { path, at } = curve(from, to, sources.length, column.boxes.length);
        const line = s("path", { class: "gn-line", d: path });
        const [x, y] = at(end);
        const number = total <= MOST_NUMBERS ? s("text", { class: "gn-number", x: x.toFixed(1), y: (y + 3.5).toFixed(1), "text-anchor": "middle" }) : null;
        const element = s("g", { class: "gn-edge", role: "button", tabindex: "-1" }, s("path", { class: "gn-hit", d: path }), line);
        edges.push({ depth, from: from.unit, to: to.unit, element, line, number });
      }
  });
  into.replaceChildren(...edges.map((edge) => edge.element), ...edges.flatMap((edge) => (edge.number ? [edge.number] : [])));
  return edges;
}

export function paintEdges(edges: Edge[], store: Store): void {
  const values = store.frame?.array("parameters");
  if (!values) return;
  const reader = store.reader!;
  const widest = edges.length > MANY ? WIDEST_OF_MANY : WIDEST;
  const largest = reader.dense.map((_, depth) => reader.largest(values, depth));
  for (const { depth, from, to, line, number } of edges) {
    const value = reader.W(values, depth, from, to);
    const share = value / largest[depth];
    line.style.stroke = lineColour(share);
    const width = 0.7 + widest * Math.abs(share) * Math.min(1, largest[depth]);
    line.style.strokeWidth = width.toFixed(2);
    line.style.strokeDasharray = value < 0 ? `${(4 + 1.6 * width).toFixed(1)} ${(2 + 0.5 * width).toFixed(1)}` : "none";
    if (number) say(number, withSign(value));
  }
}

/** What a screen reader says; set when training pauses, for nobody hears thirty a second. */
export function labelEdges(edges: Edge[], store: Store): void {
  const values = store.frame?.array("parameters");
  for (const { depth, from, to, element } of edges)
    setAttribute(element, "aria-label", labelled(weightName(store, depth, from, to), values && store.reader!.W(values, depth, from, to)));
}

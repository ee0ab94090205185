// A computation as a graph: each array a box with its formula, its value and its gradient, as far as they are computed.
import { h, s } from "../dom";
import type { TapeNode, TapeStep } from "../messages";
import { words } from "../words";

export interface Graph { element: HTMLElement; show: (done: TapeStep[], now: TapeStep | undefined) => void }

const HEIGHT = 62, ACROSS = 34, DOWN = 16, EDGE = 6; // pixels: a box, and the room between two
const LETTER = 6.5, NARROWEST = 66, WIDEST = 176;

const shortened = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);
const headOf = ({ name, formula }: TapeNode): string => (formula ? `${name} = ${formula}` : name);
const widthOf = (column: TapeNode[]): number =>
  Math.min(WIDEST, Math.max(NARROWEST, LETTER * Math.max(...column.flatMap((node) => [headOf(node), node.value, gradientOf(node)].map((text) => text.length))) + 14));
const gradientOf = ({ name, gradient }: TapeNode): string => `d${name} = ${gradient}`;

export function graph(nodes: TapeNode[], chosen: (name: string) => void): Graph {
  const [across, down] = [0, 1].map((k) => Math.max(...nodes.map((node) => node.place[k])));
  const widths = Array.from({ length: across + 1 }, (_, column) => widthOf(nodes.filter((node) => node.place[0] === column)));
  const lefts = widths.map((_, column) => widths.slice(0, column).reduce((sum, each) => sum + each + ACROSS, EDGE));
  const width = lefts[across] + widths[across] + EDGE, height = down * (HEIGHT + DOWN) + HEIGHT + 2 * EDGE;
  const wide = ({ place }: TapeNode): number => widths[place[0]];
  const left = ({ place }: TapeNode): number => lefts[place[0]];
  const top = ({ place }: TapeNode): number => EDGE + (down - place[1]) * (HEIGHT + DOWN);
  const named = new Map(nodes.map((node) => [node.name, node]));

  const lines = nodes.flatMap((node) => node.inputs.map((input) => {
    const from = named.get(input)!;
    const [x0, y0, x1, y1] = [left(from) + wide(from), top(from) + HEIGHT / 2, left(node), top(node) + HEIGHT / 2];
    const bend = Math.max(ACROSS, (x1 - x0) / 2) * 0.6;
    const path = s("path", { class: "gn-flow", d: `M${x0} ${y0}C${x0 + bend} ${y0} ${x1 - bend} ${y1} ${x1} ${y1}` });
    return { from: input, to: node.name, element: s("g", {}, path,
      s("path", { class: "gn-tip", d: `M${x1} ${y1}l-7 -3.5v7z` }), s("path", { class: "gn-tip gn-tip-back", d: `M${x0} ${y0}l7 -3.5v7z` })) };
  }));
  const boxes = nodes.map((node) => {
    const text = (k: number, kind: string, content: string): SVGTextElement =>
      s("text", { class: kind, x: left(node) + wide(node) / 2, y: top(node) + 18 + 18 * k, "text-anchor": "middle" }, shortened(content, Math.floor((wide(node) - 8) / LETTER)));
    const value = text(1, "gn-of-value", node.value), gradient = text(2, "gn-of-gradient", gradientOf(node));
    const element = s("g", { class: "gn-array", "data-name": node.name, onclick: () => chosen(node.name) }, s("title", {}, headOf(node)),
      s("rect", { x: left(node), y: top(node), width: wide(node), height: HEIGHT, rx: 7 }), text(0, "gn-of-name", headOf(node)), value, gradient);
    return { node, element, value, gradient };
  });

  const drawing = s("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words.tapeArrays(nodes.length) },
    ...lines.map((each) => each.element), ...boxes.map((each) => each.element));
  const element = h("div", { class: "gn-graph", tabindex: "0", role: "group", "aria-label": words.tapeGraph });
  element.append(drawing);

  function show(done: TapeStep[], now: TapeStep | undefined): void {
    const values = new Set(done.filter((step) => !step.back).map((step) => step.name));
    const gradients = new Set(done.filter((step) => step.back).map((step) => step.name));
    for (const { node, element: box, value, gradient } of boxes) {
      value.toggleAttribute("hidden", !!node.formula && !values.has(node.name));
      gradient.toggleAttribute("hidden", !gradients.has(node.name));
      box.classList.toggle("gn-back", gradients.has(node.name));
      box.classList.toggle("gn-now", node.name === now?.name);
    }
    for (const { from, to, element: line } of lines) {
      line.classList.toggle("gn-back", gradients.has(from));
      line.classList.toggle("gn-now", (now?.back ? from : to) === now?.name);
    }
    const at = now && named.get(now.name)!;
    element.scrollTo({ left: at ? left(at) + wide(at) / 2 - element.clientWidth / 2 : 0 });
  }
  return { element, show };
}

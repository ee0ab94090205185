// The units: a frame around the map of what each responds to, its name, its bias, and marks on dead and saturated ones.
import { css, lineColour, palette } from "../colours";
import { s, say, setAttribute } from "../dom";
import { biasName, labelled, unitName } from "../names";
import { withSign } from "../numbers";
import type { Store } from "../store";
import { words } from "../words";
import type { Box, Column, Geometry } from "./geometry";
import { written } from "./written";

export interface Unit { depth: number; unit: number; box: Box; element: SVGGElement; mark: SVGTextElement; name: SVGTextElement; bias: SVGGElement | null }

const LETTER = 7; // as wide as one is, at most usually
const BIAS_HEIGHT = 13, LEAST_FOR_NUMBER = 34; // a number does not fit below smaller units
const LEAST_FOR_NAME = 28; // pixels between two units, for a bias and a name

export function drawUnits(into: SVGGElement, plan: Geometry, store: Store, unfold: (depth: number) => void): Unit[] {
  const units = plan.columns.flatMap((column) => column.boxes.map((box) => drawUnit(column, box, store)));
  const folds = plan.columns.filter((column) => column.hidden > 0).map((column) => fold(column, unfold));
  into.replaceChildren(...units.flatMap((unit) => [unit.element, ...(unit.bias ? [unit.bias] : [])]), ...folds,
    ...units.flatMap((unit) => [unit.name, unit.mark])); // their elements are named by labels
  return units;
}

function drawUnit(column: Column, box: Box, store: Store): Unit {
  const name = unitName(store, column.depth, box.unit);
  const { x, y, size } = box;
  const mark = s("text", { class: "gn-mark", x: x + size - 2, y: y + 11, "text-anchor": "end" });
  const outer = column.depth < 0 || column.depth === store.depth - 1;
  const text = column.depth < 0
    ? s("text", { class: "gn-name", x: x - 5, y: y + size / 2 + 4, "text-anchor": "end" }, cut(name, x - 8))
    : column.pitch - size >= LEAST_FOR_NAME
      ? s("text", { class: "gn-name", x: x + size / 2, y: y - 4, "text-anchor": "middle" }, cut(name, column.width - 8))
      : s("text", { class: "gn-name", x: x + size + 4, y: y + size / 2 + 4, "text-anchor": "start" }, cut(name, column.width - size));
  const element = s("g", { class: `gn-unit${outer ? " gn-outer" : ""}`, role: "button", tabindex: "-1", "aria-label": words.unit(name) },
    s("rect", { x, y, width: size, height: size, rx: 4 }));
  return { depth: column.depth, unit: box.unit, box, element, mark, name: text, bias: column.depth < 0 ? null : drawBias(box) };
}

const drawBias = ({ x, y, size }: Box): SVGGElement =>
  s("g", { class: "gn-bias", role: "button", tabindex: "-1" }, s("rect", { x, y: y + size + 2, width: size, height: BIAS_HEIGHT, rx: 3 }));

function fold(column: Column, unfold: (depth: number) => void): SVGGElement {
  const open = (): void => unfold(column.depth);
  return s("g", { class: "gn-fold", role: "button", tabindex: "0", "aria-label": words.unfold(column.hidden), onclick: open,
    onkeydown: (event: KeyboardEvent) => { if (event.key === "Enter") open(); } },
    s("text", { x: column.x, y: column.foldY + 4, "text-anchor": "middle" }, `+ ${column.hidden}`));
}

function cut(name: string, room: number): string {
  const most = Math.max(4, Math.floor(room / LETTER));
  return name.length > most ? `${name.slice(0, most - 1)}…` : name;
}

/** Marks on units that do not learn. */
export function markUnits(units: Unit[], store: Store): void {
  const { dead = [], saturated = [] } = store.frame?.header ?? {};
  for (const { depth, unit, mark, element } of units) {
    const fault = dead[depth]?.includes(unit) ? "dead" : saturated[depth]?.includes(unit) ? "saturated" : "";
    say(mark, fault === "dead" ? "✕" : fault ? "≡" : "");
    element.classList.toggle("gn-faulty", fault !== "");
  }
}

/** The biases, as bars below the units. */
export function paintBiases(context: CanvasRenderingContext2D, units: Unit[], store: Store): void {
  const values = store.frame?.array("parameters");
  if (!values) return;
  const paper = css(palette().paper);
  for (const { depth, unit, box: { x, y, size }, bias } of units) {
    if (!bias) continue;
    const value = store.reader!.b(values, depth, unit);
    context.fillStyle = paper;
    context.strokeStyle = lineColour(Math.max(-1, Math.min(1, value)));
    context.lineWidth = 0.8 + 2.2 * Math.min(1, Math.abs(value));
    context.setLineDash(value < 0 ? [5, 3] : []);
    context.beginPath();
    context.roundRect(x, y + size + 2, size, BIAS_HEIGHT, 3);
    context.fill();
    context.stroke();
    if (size >= LEAST_FOR_NUMBER) written(context, withSign(value), x + size / 2, y + size + BIAS_HEIGHT - 1, false);
  }
  context.setLineDash([]);
}

export function labelUnits(units: Unit[], store: Store): void {
  const values = store.frame?.array("parameters");
  const { dead = [], saturated = [] } = store.frame?.header ?? {};
  for (const { depth, unit, element, bias } of units) {
    const fault = dead[depth]?.includes(unit) ? `, ${words.dead}` : saturated[depth]?.includes(unit) ? `, ${words.saturated}` : "";
    setAttribute(element, "aria-label", words.unit(unitName(store, depth, unit)) + fault);
    if (bias) setAttribute(bias, "aria-label", labelled(biasName(store, depth, unit), values && store.reader!.b(values, depth, unit)));
  }
}

// How good the predictions are: a confusion matrix for classes, predicted against true values for numbers.
import type { App } from "../client";
import { css, onTheme, palette } from "../colours";
import { h } from "../dom";
import { paced } from "../pace";
import type { Store } from "../store";
import { words } from "../words";
import { mark } from "./marks";

const EVERY = 500; // milliseconds: nobody reads a matrix that changes thirty times a second
const SIZE = 240, MOST_CLASSES = 10;

export function qualityPanel({ store }: App): HTMLElement {
  const into = h("div", { class: "gn-quality" });
  const section = h("section", { "aria-label": words.quality }, h("h2", {}, words.quality), into);
  const draw = (): void => {
    if (store.rows && store.predictions) into.replaceChildren(...(store.shapes!.task === "number" ? scatter(store) : confusion(store)));
  };
  store.on("frame", paced(store, EVERY, draw));
  onTheme(draw);
  return section;
}

export function predictedClass(values: ArrayLike<number>, row: number, outputs: number): number {
  if (outputs === 1) return values[row] > 0.5 ? 1 : 0;
  let best = 0;
  for (let k = 1; k < outputs; k++) if (values[row * outputs + k] > values[row * outputs + best]) best = k;
  return best;
}

function confusion(store: Store): Node[] {
  const { rows, shapes, predictions } = store;
  const classes = shapes!.classes ?? ["0", "1"];
  if (classes.length > MOST_CLASSES) return [];
  const { values, rows: shown, outputs } = predictions!;
  const counts = classes.map(() => classes.map(() => 0));
  for (let k = 0; k < Math.min(shown, rows!.shown); k++) counts[rows!.y[k]][predictedClass(values, k, outputs)]++;
  return [h("table", { class: "gn-confusion" }, h("caption", {}, words.confusion),
    h("thead", {}, h("tr", {}, h("td"), ...classes.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, ...counts.map((line, k) => h("tr", {}, h("th", { scope: "row" }, classes[k]), ...line.map((count, j) => cell(count, line, k === j))))))];
}

function cell(count: number, line: number[], right: boolean): HTMLElement {
  const share = count / Math.max(1, line.reduce((sum, each) => sum + each, 0));
  const element = h("td", { class: right ? "gn-right" : count ? "gn-wrong" : undefined }, String(count));
  element.style.setProperty("--share", String(share));
  return element;
}

function scatter(store: Store): Node[] {
  const { rows } = store, { values, outputs } = store.predictions!;
  const canvas = h("canvas", { width: 2 * SIZE, height: 2 * SIZE, role: "img", "aria-label": words.predictedTrue });
  const context = canvas.getContext("2d")!;
  let low = Infinity, high = -Infinity;
  for (const y of rows!.y) { low = Math.min(low, y); high = Math.max(high, y); }
  const margin = 0.08 * (high - low || 1);
  const to = (value: number): number => ((value - low + margin) / (high - low + 2 * margin)) * 2 * SIZE;
  context.strokeStyle = palette().faint;
  context.beginPath();
  context.moveTo(0, 2 * SIZE);
  context.lineTo(2 * SIZE, 0);
  context.stroke();
  for (let k = 0; k < rows!.shown; k++) {
    const held = k >= rows!.n;
    mark(context, to(rows!.y[k]), 2 * SIZE - to(values[k * outputs]), 5, 0, css(palette().cycle[held ? 1 : 0]), held);
  }
  return [h("figure", {}, canvas, h("figcaption", {}, words.predictedTrue))];
}

// The network as tables: every weight and bias as a number, for those who do not see the diagram.
import type { App } from "../client";
import { h, say } from "../dom";
import { unitName } from "../names";
import { short } from "../numbers";
import type { Selection } from "../store";
import { words } from "../words";

const MOST_CELLS = 4000; // of one layer
const EVERY = 500; // milliseconds

export function networkTable({ store }: App): HTMLElement {
  const body = h("div", { class: "gn-tables", hidden: true });
  let cells: { element: HTMLElement; value: () => number }[] = [], at = 0;

  function draw(): void {
    if (body.hidden || !store.reader) return;
    cells = [];
    body.replaceChildren(...store.reader.dense.map((layer, depth) => table(depth, layer.units, layer.parameters.W[0])));
    fill();
  }

  function table(depth: number, units: number, inputs: number): HTMLElement {
    const rows = Math.min(inputs, Math.max(1, Math.floor(MOST_CELLS / units)));
    const line = (name: string, value: (unit: number) => number, selection: (unit: number) => Selection): HTMLElement =>
      h("tr", {}, h("th", { scope: "row" }, name), ...Array.from({ length: units }, (_, unit) => {
        const element = h("button", { type: "button", onclick: () => store.select(selection(unit)) });
        cells.push({ element, value: () => value(unit) });
        return h("td", {}, element);
      }));
    const values = (): ArrayLike<number> => store.frame!.array("parameters")!;
    const reader = store.reader!;
    return h("div", { class: "gn-scroll" }, h("table", { class: "gn-factors" },
      h("caption", {}, words.valuesOf(depth < store.depth - 1 ? words.hiddenShort(depth + 1) : words.outputHead)),
      h("thead", {}, h("tr", {}, h("td"), ...Array.from({ length: units }, (_, unit) => h("th", { scope: "col" }, unitName(store, depth, unit))))),
      h("tbody", {}, ...Array.from({ length: rows }, (_, from) =>
        line(unitName(store, depth - 1, from), (unit) => reader.W(values() as Float32Array, depth, from, unit), (unit) => ({ kind: "weight", depth, from, to: unit }))),
        line(words.bias, (unit) => reader.b(values() as Float32Array, depth, unit), (unit) => ({ kind: "bias", depth, unit })))));
  }

  function fill(): void {
    at = performance.now();
    if (store.frame?.array("parameters")) for (const { element, value } of cells) say(element, short(value()));
  }

  store.on("scene", draw);
  store.on("frame", () => { if (!body.hidden && (!store.running || performance.now() - at > EVERY)) fill(); });
  new MutationObserver(draw).observe(body, { attributeFilter: ["hidden"] });
  return body;
}

// Above each column: what the layer is, and buttons that add and remove units.
import type { App } from "../client";
import { button, h } from "../dom";
import { changedLayer, removeLayer } from "../layers";
import { words } from "../words";
import type { Geometry } from "./geometry";

export function drawHeads(into: HTMLElement, plan: Geometry, app: App): void {
  into.style.width = `${plan.width}px`;
  into.replaceChildren(...plan.columns.map(({ depth, x, width, count }) => {
    const head = h("div", { class: "gn-head" }, ...parts(app, depth, count));
    head.style.left = `${x - width / 2}px`;
    head.style.width = `${width}px`;
    return head;
  }));
}

function parts(app: App, depth: number, count: number): Node[] {
  const { store } = app;
  if (depth < 0) return [h("strong", {}, words.inputs), h("span", {}, String(count))];
  const { activation } = store.reader!.dense[depth];
  if (depth === store.depth - 1) return [h("strong", {}, words.outputHead), h("span", {}, activation)];
  const most = store.choices?.limits?.units ?? 64;
  const change = (by: number) => (): void => changedLayer(app, depth, (layer) => { layer.units = Math.min(most, Math.max(1, layer.units + by)); });
  return [
    h("span", { class: "gn-titled" }, h("strong", {}, words.hiddenShort(depth + 1)),
      button("×", () => removeLayer(app, depth), { "aria-label": words.removeLayer(depth + 1), title: words.removeLayer(depth + 1), class: "gn-remove", "data-key": `remove-${depth}` })),
    h("span", {}, activation),
    h("span", { class: "gn-stepper" },
      button("−", change(-1), { "aria-label": words.removeUnit(depth + 1), disabled: count <= 1, "data-key": `less-${depth}` }),
      h("output", { "aria-label": words.unitsOf(depth + 1) }, String(count)),
      button("+", change(1), { "aria-label": words.addUnit(depth + 1), disabled: count >= most, "data-key": `more-${depth}` })),
  ];
}

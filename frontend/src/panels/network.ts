// The middle of the page: the network as a diagram or as tables, and its layers.
import type { App } from "../client";
import { diagram } from "../diagram/diagram";
import { button, h, say } from "../dom";
import { addLayer } from "../layers";
import { words } from "../words";
import { layersPanel } from "./layers";
import { networkTable } from "./table";

export function networkPanel(app: App): HTMLElement {
  const drawn = diagram(app), table = networkTable(app);
  const toggle = button(words.asTable, () => {
    table.hidden = !table.hidden;
    drawn.hidden = !table.hidden;
    say(toggle, table.hidden ? words.asTable : words.asDiagram);
  });
  const add = button(`+ ${words.addLayer}`, () => addLayer(app));
  const { store } = app;
  store.on("scene", () => { add.disabled = store.scene!.layers.length >= (store.choices?.limits?.layers ?? 8); });
  return h("section", { class: "gn-network", "aria-label": words.network },
    h("div", { class: "gn-bar-top" }, h("h2", {}, words.network), add, toggle), drawn, table, h("p", { class: "gn-hint" }, words.legend),
    h("details", {}, h("summary", {}, [words.activation, words.dropout, words.normalization, words.skip].map((each, k) => (k ? each.toLowerCase() : each)).join(", ")), layersPanel(app)));
}

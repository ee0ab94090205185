// The hidden layers: activation, dropout and normalisation of each.
import type { App } from "../client";
import { h } from "../dom";
import { choicesOf, number, select } from "../fields";
import { changedLayer } from "../layers";
import type { LayerOfScene } from "../messages";
import { words } from "../words";

export function layersPanel(app: App): HTMLElement {
  const { store } = app;
  const list = h("div", { class: "gn-layers" });
  let rows: { element: HTMLElement; show: (layer: LayerOfScene) => void }[] = [];

  store.on(["scene", "choices", "asked"], () => {
    if (!store.asked || !store.choices) return;
    const { layers } = store.asked;
    if (rows.length !== layers.length) {
      rows = layers.map((_, at) => layerRow(app, at));
      list.replaceChildren(...(rows.length ? rows.map((each) => each.element) : [h("p", { class: "gn-hint" }, words.noHidden)]));
    }
    layers.forEach((layer, at) => rows[at].show(layer));
  });
  return list;
}

function layerRow(app: App, at: number): { element: HTMLElement; show: (layer: LayerOfScene) => void } {
  const change = (part: Partial<LayerOfScene>): void => changedLayer(app, at, (layer) => Object.assign(layer, part));
  const { activations, normalizations } = app.store.choices!;
  const activation = select(words.activation, (name) => change({ activation: name }));
  const dropout = number(words.dropout, (rate) => change({ dropout: rate }));
  const normalization = select(words.normalization, (name) => change({ normalization: name || null }));
  activation.offer(choicesOf(activations));
  normalization.offer(choicesOf(normalizations, words.none));
  const skip = h("input", { type: "checkbox", onchange: () => change({ skip: skip.checked }) });
  return {
    element: h("fieldset", { class: "gn-layer" }, h("legend", {}, words.layer(at + 1)), activation.element, dropout.element, normalization.element,
      h("label", { class: "gn-switch", title: words.skipHelp }, skip, words.skip)),
    show(layer) {
      activation.show(layer.activation);
      dropout.show(layer.dropout);
      normalization.show(layer.normalization ?? "");
      skip.checked = layer.skip;
    },
  };
}

// Changes to the hidden layers of the scene.
import type { App } from "./client";
import type { LayerOfScene } from "./messages";

const NEW_LAYER: LayerOfScene = { units: 2, activation: "tanh", dropout: 0, normalization: null, skip: false };

/** Sends the layers after a change to a copy of them. */
export function changedLayers({ store, client }: App, change: (layers: LayerOfScene[]) => void): void {
  if (!store.asked) return;
  const layers = structuredClone(store.asked.layers);
  change(layers);
  client.set({ layers });
}

/** Changes one layer, unless a change that is under way takes it out. */
export const changedLayer = (app: App, at: number, change: (layer: LayerOfScene) => void): void =>
  changedLayers(app, (layers) => { if (at < layers.length) change(layers[at]); });
export const addLayer = (app: App): void => changedLayers(app, (layers) => layers.push({ ...(layers.at(-1) ?? NEW_LAYER) }));
export const removeLayer = (app: App, at: number): void => changedLayers(app, (layers) => layers.splice(at, 1));

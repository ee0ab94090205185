// Two runs side by side: one that was kept, with its map, its loss and its settings, and the one that trains now.
import { type Pair, addressOfPair } from "../address";
import type { App } from "../client";
import { css, palette } from "../colours";
import { button, h, s } from "../dom";
import { exact, percent } from "../numbers";
import type { Scene } from "../messages";
import type { Store } from "../store";
import { words } from "../words";
import { copied } from "./take";

interface Kept { scene: Scene; epochs: number; title: string; map: HTMLCanvasElement; loss: (number | null)[]; held: (number | null)[]; facts: string }
const WIDTH = 300, HEIGHT = 90, SIZE = 160;

export function comparePanel({ store, root, client, note }: App, pair?: Pair): HTMLElement {
  const both = h("div", { class: "gn-pair" }), lines = h("div");
  let kept: Kept | null = null, drawnAt = 0;
  const keep = button(words.keepRun, () => { kept = photograph(store, root); draw(); });
  const forget = button(words.forgetRun, () => { kept = null; draw(); keep.focus(); }, { hidden: true });
  const copy = button(words.addressOfBoth, () => {
    if (kept) void copied(addressOfPair({ kept: kept.scene, keptEpochs: kept.epochs, now: store.scene, epochs: Math.floor(store.frame!.header.epoch) }), note);
  }, { hidden: true });

  function draw(): void {
    drawnAt = performance.now();
    forget.hidden = copy.hidden = !kept;
    if (!kept || !store.frame) return both.replaceChildren(), lines.replaceChildren();
    const now = photograph(store, root);
    both.replaceChildren(column(words.keptRun, kept), column(words.thisRun, now));
    lines.replaceChildren(curves(kept, now));
  }

  /** Both runs of an address, one after the other: the same settings give the same numbers. */
  async function open({ keptEpochs, now, epochs }: Pair): Promise<void> {
    try {
      note(words.bothOpened(keptEpochs));
      await trained(keptEpochs);
      kept = photograph(store, root);
      await client.begin(now);
      await trained(epochs);
    } catch { /* shown already */ }
  }

  async function trained(epochs: number): Promise<void> {
    if (epochs) await client.ask("move", { by: epochs, unit: "epoch" });
    await new Promise<void>((done) => store.once("frame", () => Math.floor(store.frame!.header.epoch) === epochs, done));
  }

  if (pair) store.once("link", () => store.open, () => void open(pair));
  store.on("frame", () => { if (kept && (!store.running || performance.now() - drawnAt > 500)) draw(); });
  return h("section", { class: "gn-compare", "aria-label": words.compare }, h("h2", {}, words.compare), h("p", { class: "gn-hint" }, words.compareHelp),
    h("div", { class: "gn-buttons" }, keep, forget, copy), both, lines);
}

function photograph(store: Store, root: HTMLElement): Kept {
  const map = h("canvas", { width: 2 * SIZE, height: 2 * SIZE, role: "img", "aria-label": words.mapLabel });
  for (const layer of root.querySelectorAll<HTMLCanvasElement>(".gn-canvases canvas")) map.getContext("2d")!.drawImage(layer, 0, 0, map.width, map.height);
  const { curves, scene, frame } = store;
  const hidden = scene!.layers.map((layer) => `${layer.units} ${layer.activation}`).join(", ") || words.none;
  const { name, learning_rate: rate } = scene!.training.optimizer;
  const { epoch, loss, held_out_loss: held, metrics } = frame!.header;
  const [metric] = Object.keys(metrics), value = metrics[`held_out_${metric}`] ?? metrics[metric];
  const measured = value === null || value === undefined ? "" : `, ${metric} ${/accuracy/.test(metric) ? percent(value) : exact(value)}`;
  return {
    scene: structuredClone(scene!), epochs: Math.floor(epoch),
    title: `${words.hiddenUnits} ${hidden}; ${name} ${exact(rate as number)}`, map, loss: [...curves.loss], held: [...curves.held_out],
    facts: `${words.epoch} ${epoch}: ${words.loss.toLowerCase()} ${exact(loss)}, ${words.onHeldOut} ${exact(held)}${measured}`,
  };
}

const column = (name: string, { title, map, facts }: Kept): HTMLElement =>
  h("figure", {}, h("h3", {}, name), map, h("figcaption", {}, h("div", {}, title), h("div", {}, facts)));

/** The losses of both over the epochs: solid on training rows, dashed on those held out. */
function curves(a: Kept, b: Kept): Element {
  const all = [a.loss, a.held, b.loss, b.held].flat().filter((value): value is number => value !== null && Number.isFinite(value));
  const high = Math.max(...all, 1e-12), last = Math.max(a.loss.length, b.loss.length, 2) - 1;
  const path = (values: (number | null)[]): string => values.map((value, k) => (value === null ? "" : `${(WIDTH * k) / last},${HEIGHT * (1 - value / high)}`)).filter(Boolean).join(" ");
  const line = (values: (number | null)[], k: number, dash: string): SVGElement =>
    s("polyline", { points: path(values), fill: "none", stroke: css(palette().cycle[k]), "stroke-width": 2, "stroke-dasharray": dash });
  const key = (name: string, k: number): HTMLElement => {
    const mark = h("span", { class: "gn-swatch", "aria-hidden": "true" });
    mark.style.background = css(palette().cycle[k]);
    return h("li", {}, mark, name);
  };
  return h("div", {}, s("svg", { viewBox: `-2 -2 ${WIDTH + 4} ${HEIGHT + 4}`, role: "img", "aria-label": words.bothLosses(exact(high)) },
    line(a.loss, 0, "none"), line(a.held, 0, "5 4"), line(b.loss, 1, "none"), line(b.held, 1, "5 4")),
    h("ul", { class: "gn-key" }, key(words.keptRun, 0), key(words.thisRun, 1)), h("p", { class: "gn-hint" }, words.bothLosses(exact(high))));
}

// The network: weights under the maps of the units, their frames and names above, redrawn when its shape changes.
import type { App } from "../client";
import { onTheme } from "../colours";
import { h, s } from "../dom";
import { words } from "../words";
import { type Edge, drawEdges, labelEdges, paintEdges } from "./edges";
import { geometry } from "./geometry";
import { drawHeads } from "./heads";
import { Walker } from "./keys";
import { Maps } from "./maps";
import { type Unit, drawUnits, labelUnits, paintUnits } from "./units";

const LABELS_EVERY = 1000; // milliseconds, while training runs

export function diagram(app: App): HTMLElement {
  const { store } = app;
  const edgeGroup = s("g"), unitGroup = s("g");
  const below = s("svg", { class: "gn-edges", role: "group", "aria-label": words.weights }, edgeGroup);
  const above = s("svg", { class: "gn-units", role: "group", "aria-label": words.units }, unitGroup);
  const canvas = h("canvas", { "aria-hidden": "true" });
  const maps = new Maps(canvas);
  const heads = h("div", { class: "gn-heads" });
  const drawing = h("div", { class: "gn-drawing", role: "group", "aria-label": words.diagramHelp }, below, canvas, above);
  const scroll = h("div", { class: "gn-diagram" }, heads, drawing);
  const unfolded = new Set<number>();
  let edges: Edge[] = [], units: Unit[] = [], walker = new Walker([], []), shape = "", labelledAt = 0;

  function draw(): void {
    if (!store.shapes || !scroll.clientWidth) return;
    const wanted = JSON.stringify([store.shapes, store.scene!.layers, scroll.clientWidth, [...unfolded]]);
    if (wanted === shape) return;
    shape = wanted;
    const plan = geometry(store, scroll.clientWidth, unfolded);
    for (const svg of [below, above]) {
      svg.setAttribute("width", String(plan.width));
      svg.setAttribute("height", String(plan.height));
    }
    drawing.style.width = `${plan.width}px`;
    drawing.style.height = `${plan.height}px`;
    keepingFocus(heads, () => drawHeads(heads, plan, app));
    edges = drawEdges(edgeGroup, plan);
    units = drawUnits(unitGroup, plan, store, (depth) => { unfolded.add(depth); draw(); });
    walker = new Walker(units, edges);
    maps.resize(plan.width, plan.height);
    paint();
    label();
    mark();
  }

  function paint(): void {
    if (!fits()) return; // a frame of the network that was
    paintEdges(edges, store);
    paintUnits(units, store);
    maps.paint(units, store);
    const now = performance.now();
    if (!store.running || now - labelledAt > LABELS_EVERY) label();
  }

  const fits = (): boolean => !!store.frame && !!store.reader && (store.frame.array("parameters")?.length ?? 0) > 0;

  function label(): void {
    labelledAt = performance.now();
    labelEdges(edges, store);
    labelUnits(units, store);
  }

  function mark(): void {
    const chosen = store.selection;
    for (const edge of edges) edge.element.classList.toggle("gn-chosen", chosen?.kind === "weight" && chosen.depth === edge.depth && chosen.from === edge.from && chosen.to === edge.to);
    for (const { depth, unit, element, bias } of units) {
      element.classList.toggle("gn-chosen", chosen?.kind === "unit" && chosen.depth === depth && chosen.unit === unit);
      bias?.element.classList.toggle("gn-chosen", chosen?.kind === "bias" && chosen.depth === depth && chosen.unit === unit);
    }
  }

  function ask(target: EventTarget | null): void {
    const element = (target as Element).closest("[role=button]");
    const edge = edges.find((each) => each.element === element);
    if (edge) return store.select({ kind: "weight", depth: edge.depth, from: edge.from, to: edge.to });
    const unit = units.find((each) => each.element === element || each.bias?.element === element);
    if (unit) store.select({ kind: unit.element === element ? "unit" : "bias", depth: unit.depth, unit: unit.unit });
  }

  drawing.addEventListener("click", (event) => ask(event.target));
  drawing.addEventListener("focusin", (event) => walker.focused(event.target as Element));
  drawing.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") ask(event.target);
    else if (event.ctrlKey || event.metaKey || event.altKey || !walker.press(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  });
  store.on("scene", draw);
  store.on("choices", () => { shape = ""; draw(); });
  store.on("frame", paint);
  store.on("selection", mark);
  onTheme(paint);
  new ResizeObserver(draw).observe(scroll);
  return scroll;
}

/** Buttons that are drawn anew keep the focus. */
function keepingFocus(within: HTMLElement, redraw: () => void): void {
  const key = within.contains(document.activeElement) ? document.activeElement?.getAttribute("data-key") : null;
  redraw();
  if (key) within.querySelector<HTMLElement>(`[data-key="${key}"]`)?.focus();
}

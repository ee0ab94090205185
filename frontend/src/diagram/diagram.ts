// The network: weights under the maps of the units, their frames and names above, redrawn when its shape changes.
import type { App } from "../client";
import { onTheme } from "../colours";
import { h, s } from "../dom";
import { paced } from "../pace";
import { words } from "../words";
import { drawArches } from "./arches";
import { type Edge, MANY, drawEdges, labelEdges, paintEdges } from "./edges";
import { geometry } from "./geometry";
import { drawHeads } from "./heads";
import { Walker } from "./keys";
import { Maps } from "./maps";
import { cleared, fitted } from "./sheet";
import { type Unit, drawUnits, labelUnits, markUnits, paintBiases } from "./units";

const LABELS_EVERY = 1000, MARKS_EVERY = 500, LINES_EVERY = 60, MANY_EVERY = 400; // milliseconds, while training runs

const MOST_CELLS = 100; // a side of a unit's map

export function diagram(app: App): HTMLElement {
  const { store, client } = app;
  const edgeGroup = s("g"), unitGroup = s("g"), archGroup = s("g");
  const below = s("svg", { class: "gn-edges", role: "group", "aria-label": words.weights }, edgeGroup);
  const above = s("svg", { class: "gn-units", role: "group", "aria-label": words.units }, archGroup, unitGroup);
  const lines = h("canvas", { "aria-hidden": "true" }), canvas = h("canvas", { "aria-hidden": "true" });
  const maps = new Maps(canvas);
  const heads = h("div", { class: "gn-heads" });
  const drawing = h("div", { class: "gn-drawing", role: "group", "aria-label": words.diagramHelp }, below, lines, canvas, above);
  const scroll = h("div", { class: "gn-diagram" }, heads, drawing);
  const unfolded = new Set<number>();
  let edges: Edge[] = [], units: Unit[] = [], walker = new Walker([], []), shape = "";

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
    drawArches(archGroup, plan, store);
    edges = drawEdges(edgeGroup, plan);
    units = drawUnits(unitGroup, plan, store, (depth) => { unfolded.add(depth); draw(); });
    walker = new Walker(units, edges);
    for (const each of [lines, canvas]) fitted(each, plan.width, plan.height);
    askMaps();
    paint(true);
    label();
    mark();
  }

  /** The server sends the maps of units as large as they are drawn. */
  function askMaps(): void {
    const side = Math.max(0, ...units.filter((each) => each.depth >= 0).map((each) => each.box.size));
    const cells = Math.min(MOST_CELLS, Math.max(1, Math.round(side * (devicePixelRatio || 1))));
    if (units.length && store.open && cells !== store.view.units) client.view({ units: cells });
  }

  function paint(again = false): void {
    if (!fits()) return; // a frame of the network that was
    maps.paint(units, store, again);
    markSoon();
    paintLines();
    labelSoon();
  }

  const fits = (): boolean => !!store.frame && !!store.reader && (store.frame.array("parameters")?.length ?? 0) > 0;

  const paintLines = paced(store, () => (edges.length > MANY ? MANY_EVERY : LINES_EVERY), () => {
    const context = cleared(lines);
    paintEdges(context, edges, store);
    paintBiases(context, units, store);
  });

  function label(): void {
    labelEdges(edges, store);
    labelUnits(units, store);
  }
  const labelSoon = paced(store, LABELS_EVERY, label);
  const markSoon = paced(store, MARKS_EVERY, () => markUnits(units, store));

  function mark(): void {
    const chosen = store.selection;
    for (const edge of edges) edge.element.classList.toggle("gn-chosen", chosen?.kind === "weight" && chosen.depth === edge.depth && chosen.from === edge.from && chosen.to === edge.to);
    for (const { depth, unit, element, bias } of units) {
      element.classList.toggle("gn-chosen", chosen?.kind === "unit" && chosen.depth === depth && chosen.unit === unit);
      bias?.classList.toggle("gn-chosen", chosen?.kind === "bias" && chosen.depth === depth && chosen.unit === unit);
    }
  }

  function ask(target: EventTarget | null): void {
    const element = (target as Element).closest("[role=button]");
    const edge = edges.find((each) => each.element === element);
    if (edge) return store.select({ kind: "weight", depth: edge.depth, from: edge.from, to: edge.to });
    const unit = units.find((each) => each.element === element || each.bias === element);
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
  store.on("scene", () => { draw(); askMaps(); });
  store.on("choices", () => { shape = ""; draw(); });
  store.on("frame", () => paint());
  store.on("selection", mark);
  onTheme(() => paint(true));
  new ResizeObserver(draw).observe(scroll);
  return scroll;
}

/** Buttons that are drawn anew keep the focus. */
function keepingFocus(within: HTMLElement, redraw: () => void): void {
  const key = within.contains(document.activeElement) ? document.activeElement?.getAttribute("data-key") : null;
  redraw();
  if (key) (within.querySelector<HTMLElement>(`[data-key="${key}"]`) ?? within.querySelector("button"))?.focus();
}

// The large map: what the network answers over the inputs, with the rows on it. One input: a curve through the rows.
import type { App } from "../client";
import { type Rgb, classColours, css, divergingTable, mix, onTheme, palette, table } from "../colours";
import { h } from "../dom";
import { select } from "../fields";
import { short } from "../numbers";
import type { Store } from "../store";
import { words } from "../words";
import { mark } from "./marks";

const SIZE = 320; // CSS pixels, scaled down where there is less room

export function regionsPanel(app: App): HTMLElement {
  const { store, client } = app;
  const area = h("canvas", { width: SIZE, height: SIZE }), points = h("canvas", { width: 2 * SIZE, height: 2 * SIZE, role: "img", "aria-label": words.mapLabel });
  const across = select(words.axisX, (value) => axes(value, 0)), up = select(words.axisY, (value) => axes(value, 1));
  const least = h("span"), most = h("span"), low = h("span"), high = h("span");
  const chosen = h("div", { class: "gn-axes" }, across.element, up.element);
  const key = h("ul", { class: "gn-key" });
  let wanted: [number, number] | null = null, extent = "";

  function axes(value: string, k: 0 | 1): void {
    const current = store.frame?.header.axes ?? [0, 1];
    wanted = value === "" ? null : [current[0], current[1]];
    if (wanted) {
      wanted[k] = Number(value);
      if (wanted[0] === wanted[1]) wanted[1 - k] = wanted[k] === 0 ? 1 : 0;
    }
    client.view({ axes: wanted });
  }

  store.on("scene", () => {
    const names = store.shapes!.features;
    chosen.hidden = names.length <= 2;
    const offered = [{ value: "", text: words.byComponents }, ...names.map((text, k) => ({ value: String(k), text }))];
    across.offer(offered);
    up.offer(offered);
    keys();
  });

  function keys(): void {
    const { classes } = store.shapes ?? {};
    const colours = classColours(classes?.length ?? 0);
    key.replaceChildren(...(classes ?? []).slice(0, 12).map((name, k) => {
      const sample = h("canvas", { width: 24, height: 24, "aria-hidden": "true" });
      const context = sample.getContext("2d")!;
      context.scale(2, 2);
      mark(context, 6, 6, 4, k, css(colours[k]), false);
      return h("li", {}, sample, name);
    }));
  }

  function paintRows(): void {
    const { rows, frame } = store;
    const context = points.getContext("2d")!;
    context.clearRect(0, 0, points.width, points.height);
    if (!rows?.places || !frame) return;
    const colours = classColours(store.shapes!.classes?.length ?? 0);
    const size = rows.shown > 2000 ? 3 : rows.shown > 500 ? 5 : 7.5;
    const range = heights(store);
    for (let k = rows.shown - 1; k >= 0; k--) {
      const [x, y] = place(store, k, range);
      const held = k >= rows.n;
      const colour = store.shapes!.classes ? css(colours[rows.y[k]] ?? palette().cycle[0]) : css(value(rows.y[k], range));
      mark(context, x * points.width, y * points.height, size, store.shapes!.classes ? rows.y[k] : 0, colour, held);
    }
    if (store.row !== null && store.row < rows.shown) {
      const [x, y] = place(store, store.row, range);
      context.strokeStyle = palette().ink;
      context.lineWidth = 4;
      context.beginPath();
      context.arc(x * points.width, y * points.height, size + 8, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  function value(y: number, [low, high]: [number, number]): Rgb {
    const share = (2 * (y - low)) / (high - low || 1) - 1;
    const colours = palette();
    return mix(colours.middle, share < 0 ? colours.negative : colours.positive, Math.abs(share));
  }

  function paint(): void {
    const { frame } = store;
    if (!frame) return;
    const { extent: at, axes } = frame.header;
    if (String(at) !== extent) {
      extent = String(at);
      const up = at.length > 2 ? at.slice(2) : heights(store);
      [least, most, low, high].forEach((each, k) => { each.textContent = short([...at.slice(0, 2), ...up][k]); });
      across.show(axes ? String(axes[0]) : "");
      up_.show(axes ? String(axes[1]) : "");
      paintRows();
    }
    paintArea(area, store);
  }
  const up_ = up;

  points.addEventListener("click", (event) => {
    const { left, top, width, height } = points.getBoundingClientRect();
    const row = nearest(store, (event.clientX - left) / width, (event.clientY - top) / height);
    if (row !== null) store.chooseRow(row);
  });
  store.on("frame", paint);
  store.on(["rows", "row"], paintRows);
  onTheme(() => { keys(); paintRows(); paint(); });
  return h("section", { "aria-label": words.map }, h("h2", {}, words.map),
    h("div", { class: "gn-map" }, h("div", { class: "gn-scale-y" }, high, low), h("div", { class: "gn-canvases" }, area, points), h("div", { class: "gn-scale-x" }, least, most)),
    chosen, key, h("p", { class: "gn-hint" }, `${words.heldOutMark} ${words.clickMap}`));
}

const heights = (store: Store): [number, number] => {
  const y = store.rows?.y ?? new Float32Array([0, 1]);
  let low = Infinity, high = -Infinity;
  for (const each of y) { low = Math.min(low, each); high = Math.max(high, each); }
  const margin = 0.1 * (high - low || 1);
  return [low - margin, high + margin];
};

/** From 0 to 1, from the left and from the top. */
function place({ rows, frame }: Store, row: number, range: [number, number]): [number, number] {
  const [x0, x1, y0, y1] = [...frame!.header.extent, ...range];
  const [x, y] = [rows!.places![2 * row], rows!.places![2 * row + 1]];
  return [(x - x0) / (x1 - x0), 1 - (y - y0) / (y1 - y0)];
}

function nearest(store: Store, x: number, y: number): number | null {
  if (!store.rows?.places || !store.frame) return null;
  const range = heights(store);
  let best: number | null = null, least = 0.05 ** 2;
  for (let k = 0; k < store.rows.shown; k++) {
    const [a, b] = place(store, k, range);
    const distance = (a - x) ** 2 + (b - y) ** 2;
    if (distance < least) [best, least] = [k, distance];
  }
  return best;
}

/** A pixel a cell: the browser makes it as large as the map. */
function paintArea(area: HTMLCanvasElement, store: Store): void {
  const frame = store.frame!;
  const surface = frame.array("surface"), regions = frame.array("regions"), confidence = frame.array("confidence");
  const [rows, columns] = frame.shape(surface ? "surface" : "regions");
  const context = area.getContext("2d")!;
  if (!columns) return context.clearRect(0, 0, area.width, area.height);
  const line = rows === 1 && surface;
  const [width, height] = line ? [2 * SIZE, 2 * SIZE] : [columns, rows];
  if (area.width !== width || area.height !== height) Object.assign(area, { width, height });
  if (line) return curve(context, surface, heights(store));
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  if (surface) fillSurface(pixels, surface, heights(store));
  else fillRegions(pixels, regions!, confidence!, store.shapes!.classes?.length ?? 2, store.shapes!.task === "binary");
  context.putImageData(image, 0, 0);
}

function fillSurface(pixels: Uint32Array, surface: ArrayLike<number>, [low, high]: [number, number]): void {
  const colours = divergingTable();
  for (let k = 0; k < pixels.length; k++) pixels[k] = colours[Math.max(0, Math.min(255, Math.round((255 * (surface[k] - low)) / (high - low))))];
}

/** As strong as the network is sure: from no more than chance to certain. */
function fillRegions(pixels: Uint32Array, regions: ArrayLike<number>, confidence: ArrayLike<number>, count: number, binary: boolean): void {
  const tables = classTables(count, binary);
  for (let k = 0; k < pixels.length; k++) pixels[k] = tables[regions[k] % tables.length][confidence[k]];
}

let known: { key: string; tables: Uint32Array[] } = { key: "", tables: [] };
function classTables(count: number, binary: boolean): Uint32Array[] {
  const { middle, dark } = palette(), key = `${dark} ${count} ${binary}`;
  const chance = 255 / (binary ? 2 : count);
  if (known.key !== key)
    known = { key, tables: classColours(Math.max(2, count)).map((colour) => table((step) => mix(middle, colour, 0.12 + 0.6 * Math.max(0, (step - chance) / (255 - chance))))) };
  return known.tables;
}

function curve(context: CanvasRenderingContext2D, surface: ArrayLike<number>, [low, high]: [number, number]): void {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  context.strokeStyle = css(palette().positive);
  context.lineWidth = 6;
  context.beginPath();
  for (let k = 0; k < surface.length; k++) context.lineTo((width * (k + 0.5)) / surface.length, height * (1 - (surface[k] - low) / (high - low)));
  context.stroke();
}

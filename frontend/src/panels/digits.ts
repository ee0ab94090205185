// A pad of 8 × 8 cells to draw a digit on, for a network that reads digits.
import type { App } from "../client";
import { css, mix, onTheme, palette } from "../colours";
import { button, h } from "../dom";
import { percent } from "../numbers";
import { words } from "../words";

const CELLS = 8, SIZE = 160, FULL = 1; // ink of a cell, as the digits are scaled

export function digitsPanel(app: App): HTMLElement {
  const { store, client } = app;
  const ink = new Float64Array(CELLS * CELLS);
  const canvas = h("canvas", { width: SIZE, height: SIZE, tabindex: "0", role: "application", "aria-label": words.drawHelp });
  const found = h("ol", { class: "gn-gradients", "aria-live": "off" });
  const section = h("section", { "aria-label": words.draw, hidden: true }, h("h2", {}, words.draw),
    h("div", { class: "gn-pad" }, canvas, found), h("p", { class: "gn-hint" }, words.drawHelp), button(words.clear, () => { ink.fill(0); changed(); }));
  let cursor = 0, timer = 0;

  function paint(): void {
    const context = canvas.getContext("2d")!;
    const colours = palette(), cell = SIZE / CELLS;
    ink.forEach((value, k) => {
      context.fillStyle = css(mix(colours.middle, colours.dark ? [255, 255, 255] : [0, 0, 0], value / FULL));
      context.fillRect((k % CELLS) * cell, Math.floor(k / CELLS) * cell, cell, cell);
    });
    if (document.activeElement !== canvas) return;
    context.strokeStyle = css(colours.positive);
    context.lineWidth = 2;
    context.strokeRect((cursor % CELLS) * cell + 1, Math.floor(cursor / CELLS) * cell + 1, cell - 2, cell - 2);
  }

  function changed(): void {
    paint();
    clearTimeout(timer);
    timer = window.setTimeout(() => void classify(), 120);
  }

  async function classify(): Promise<void> {
    try {
      const { message } = await client.ask("classify", { inputs: [...ink] });
      found.replaceChildren(...(message.probabilities as number[]).map((share, k) => {
        const bar = h("span", { class: "gn-bar" });
        bar.style.width = `${100 * share}%`;
        return h("li", {}, h("span", {}, store.shapes!.classes?.[k] ?? String(k)), h("span", { class: "gn-track" }, bar), h("output", {}, percent(share)));
      }));
    } catch { /* shown already */ }
  }

  /** A pen a little wider than a cell. */
  function draw(event: PointerEvent): void {
    const { left, top, width } = canvas.getBoundingClientRect();
    const [x, y] = [((event.clientX - left) / width) * CELLS - 0.5, ((event.clientY - top) / width) * CELLS - 0.5];
    ink.forEach((value, k) => {
      const distance = Math.hypot((k % CELLS) - x, Math.floor(k / CELLS) - y);
      ink[k] = Math.max(value, Math.min(FULL, FULL * Math.max(0, 1.25 - distance)));
    });
    changed();
  }

  canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); draw(event); });
  canvas.addEventListener("pointermove", (event) => { if (event.buttons) draw(event); });
  canvas.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -CELLS, ArrowDown: CELLS }[event.key];
    if (by) cursor = (cursor + by + CELLS * CELLS) % (CELLS * CELLS);
    else if (event.key === " ") ink[cursor] = ink[cursor] > 0 ? 0 : FULL;
    else return;
    event.preventDefault();
    event.stopPropagation();
    changed();
  });
  canvas.addEventListener("focus", paint);
  canvas.addEventListener("blur", paint);
  store.on("scene", () => {
    section.hidden = store.scene!.data.name !== "digits";
    if (!section.hidden) paint();
  });
  onTheme(paint);
  return section;
}

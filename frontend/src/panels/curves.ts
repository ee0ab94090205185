// Loss and metric over the epochs, for training and held-out rows; the legend has the values under the pointer.
import uPlot from "uplot";
import type { App } from "../client";
import { css, onTheme, palette } from "../colours";
import { h } from "../dom";
import { exact } from "../numbers";
import { paced } from "../pace";
import type { Store } from "../store";
import { words } from "../words";

const EVERY = 500; // milliseconds
const MOST_POINTS = 2000;
type Pair = ["loss", "held_out"] | ["metric", "held_out_metric"];

export function curvesPanel({ store }: App): HTMLElement {
  const section = h("section", { "aria-label": words.curves }, h("h2", {}, words.curves));
  const plots = [new Curve(store, ["loss", "held_out"], () => words.loss), new Curve(store, ["metric", "held_out_metric"], () => metricName(store))];
  section.append(...plots.map((each) => each.element));
  store.on("frame", paced(store, EVERY, () => plots.forEach((each) => each.update())));
  onTheme(() => plots.forEach((each) => each.draw()));
  new ResizeObserver(() => plots.forEach((each) => each.resize())).observe(section);
  return section;
}

const metricName = (store: Store): string => (Object.keys(store.frame?.header.metrics ?? {})[0] ?? "").replaceAll("_", " ");

class Curve {
  readonly element = h("div", { class: "gn-curve", tabindex: "0", role: "img", onkeydown: (event: KeyboardEvent) => this.press(event) });
  private plot: uPlot | null = null;
  private title = "";

  constructor(private readonly store: Store, private readonly lines: Pair, private readonly name: () => string) {}

  /** Of very many epochs, as many as there are pixels; the last one is always among them. */
  private data(): uPlot.AlignedData {
    const { curves } = this.store, count = curves.epoch.length;
    const every = Math.ceil(count / MOST_POINTS);
    const thinned = (line: unknown[]): unknown[] => (every <= 1 ? line : line.filter((_, k) => (count - 1 - k) % every === 0));
    return [curves.epoch, curves[this.lines[0]], curves[this.lines[1]]].map(thinned) as uPlot.AlignedData;
  }

  draw(): void {
    this.plot?.destroy();
    const colours = palette();
    const axis = { stroke: colours.ink, grid: { stroke: colours.dark ? "#ffffff1c" : "#00000014", width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    const line = (label: string, k: number, dash?: number[]): uPlot.Series => ({
      label, stroke: css(colours.cycle[k]), width: 2, dash, spanGaps: true, points: { show: false }, value: (_, value) => exact(value),
    });
    this.title = this.name();
    this.element.setAttribute("aria-label", `${this.title}. ${words.curveHelp}`);
    this.plot = new uPlot({
      width: this.element.clientWidth || 320, height: 128, scales: { x: { time: false } }, padding: [8, 8, 0, 0],
      hooks: { setCursor: [() => this.readLast()] },
      cursor: { y: false, drag: { x: false, y: false } },
      series: [{ label: words.epoch, value: (_, value) => exact(value) }, line(`${this.title}, ${words.onTraining}`, 0), line(words.onHeldOut, 1, [6, 4])],
      axes: [{ ...axis, size: 24, gap: 2 }, { ...axis, size: 52, gap: 2, values: (_, ticks) => ticks.map(exact) }],
    }, this.data(), this.element);
  }

  update(): void {
    if (!this.plot || this.title !== this.name()) this.draw();
    else this.plot.setData(this.data());
    this.readLast();
  }

  /** Away from the pointer, the legend has the newest values. */
  private readLast(): void {
    const last = this.plot!.data[0].length - 1;
    if (last >= 0 && (this.plot!.cursor.left ?? -1) < 0) this.plot!.setLegend({ idx: last }, false);
  }

  resize(): void {
    const width = this.element.clientWidth;
    if (this.plot && width && width !== this.plot.width) this.plot.setSize({ width, height: 128 });
  }

  private press(event: KeyboardEvent): void {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || !this.plot) return;
    event.preventDefault();
    const epochs = this.plot.data[0], last = epochs.length - 1;
    const at = Math.max(0, Math.min(last, (this.plot.cursor.idx ?? (by > 0 ? -1 : last + 1)) + by));
    this.plot.setCursor({ left: this.plot.valToPos(epochs[at], "x"), top: 10 });
  }
}

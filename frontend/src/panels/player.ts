// Run, pause, one step forward or back, one epoch, up to an epoch or a loss; how fast; where training is.
import type { App } from "../client";
import { button, h, say, setAttribute } from "../dom";
import { number, select } from "../fields";
import { exact, percent } from "../numbers";
import { paced } from "../pace";
import { words } from "../words";

const SPEEDS = [1, 5, 20, 100];
const EVERY = 120; // milliseconds: digits that change faster cannot be read

export function player(app: App): HTMLElement {
  const { store, client } = app;
  const run = button(words.run, () => client.do(store.running ? "pause" : "run"), { class: "gn-run" });
  const back = button(words.stepBack, () => client.do("move", { by: -1, unit: "step" }));
  const step = button(words.step, () => client.do("move", { by: 1, unit: "step" }));
  const epoch = button(words.epoch, () => client.do("move", { by: 1, unit: "epoch" }));
  const reset = button(words.reset, () => client.do("reset"));
  const undo = button(words.undo, () => client.do("undo"));
  const redo = button(words.redo, () => client.do("redo"));
  const speed = select(words.speed, (value) => client.do("speed", { steps_per_second: value ? Number(value) : null }));
  speed.offer([{ value: "", text: words.fullSpeed }, ...SPEEDS.map((n) => ({ value: String(n), text: n === 1 ? words.everySecond : words.perSecond(n) }))]);

  store.on("frame", () => {
    const { running, at_most_back: most } = store.frame!.header;
    say(run, running ? words.pause : words.run);
    run.classList.toggle("gn-running", running);
    back.disabled = most <= 0 && back !== document.activeElement; // a key that is pressed again keeps the focus
    setAttribute(back, "aria-disabled", most <= 0 ? "true" : undefined);
  });
  store.on("scene", () => { undo.disabled = !store.undo; redo.disabled = !store.redo; });
  return h("div", { class: "gn-player", role: "group", "aria-label": words.training }, run,
    h("div", { class: "gn-group" }, back, step, epoch), h("div", { class: "gn-group" }, reset, undo, redo), speed.element, until(app));
}

function until({ store, client, note }: App): HTMLElement {
  const refused = (what: string) => (got: string): void => note(words.needsNumber(what, got), "error");
  let epoch: number | undefined, loss: number | undefined;
  const epochs = number(words.untilEpoch, (value) => { epoch = value; epochs.show(value); }, refused(words.untilEpoch), () => { epoch = undefined; epochs.show(null); });
  const losses = number(words.untilLoss, (value) => { loss = value; losses.show(value); }, refused(words.untilLoss), () => { loss = undefined; losses.show(null); });
  const given = (): Record<string, number> => ({ ...(epoch === undefined ? {} : { epoch }), ...(loss === undefined ? {} : { loss }) });
  const element = h("details", { class: "gn-until" }, h("summary", {}, words.until),
    h("form", { onsubmit: (event: Event) => {
      event.preventDefault();
      (document.activeElement as HTMLElement)?.blur();
      element.open = false;
      if (store.open) client.do("run", Object.keys(given()).length ? { until: given() } : {});
    } }, epochs.element, losses.element, h("button", {}, words.go)));
  return element;
}

/** Where training is, in large digits: what a class reads from the last row. */
export function whereTrainingIs({ store }: App): HTMLElement {
  const names = ["steps", "epochs", "loss", "heldOut", "metric"] as const;
  const texts = [words.steps, words.epochs, words.trainingLoss, words.heldOutLoss, ""];
  const parts = names.map((name, k) => ({ name, title: h("dt", {}, texts[k]), value: h("dd", { "data-shows": name }) }));
  const [steps, epochs, loss, heldOut, metric] = parts;
  store.on("frame", paced(store, EVERY, () => {
    const { header } = store.frame!;
    const [name] = Object.keys(header.metrics);
    say(steps.value, String(header.step));
    say(epochs.value, header.epoch.toFixed(header.epoch % 1 ? 2 : 0));
    const ofBatch = header.epoch < 1 && header.batch_loss !== null; // no epoch is done
    say(loss.title, ofBatch ? words.batchLoss : header.epoch < 1 ? words.lossAtStart : words.trainingLoss);
    say(loss.value, figure(ofBatch ? header.batch_loss : header.loss));
    say(heldOut.value, figure(header.held_out_loss));
    say(metric.title, name ? words.metricAndHeldOut(name.replaceAll("_", " ")) : "");
    const value = name ? header.metrics[name] : null;
    const held = name ? header.metrics[`held_out_${name}`] : null;
    const text = (x: number | null | undefined): string => (x === null || x === undefined ? "–" : /accuracy/.test(name) ? percent(x) : figure(x));
    say(metric.value, name ? `${text(value)} / ${text(held)}` : "");
  }));
  return h("dl", { class: "gn-place" }, ...parts.map(({ title, value }) => h("div", {}, title, value)));
}

const figure = (value: number | null): string => (value === null ? "–" : Math.abs(value) >= 1e-3 && Math.abs(value) < 1e4 ? value.toFixed(4) : exact(Number(value.toPrecision(3))));

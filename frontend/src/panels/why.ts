// Why a weight's gradient is what it is, and how a unit gets its value; weights and biases can be typed over.
import type { App } from "../client";
import { type Child, button, h, inSight, say } from "../dom";
import { select } from "../fields";
import { explained } from "../html";
import type { Place, UnitAnswer, WhyAnswer } from "../messages";
import { nameOfSelection, placeOf, valueOf } from "../names";
import { exact, typed } from "../numbers";
import type { Selection } from "../store";
import { words } from "../words";

const MOST_ROWS = 8; // of the table of factors; the explanation below has them all

export function whyTab(app: App): HTMLElement {
  const { store, client } = app;
  const body = h("div", { class: "gn-tab" });
  let seen: Selection | null = null;
  let asked = 0, ofAll = true, step = -1, stale: HTMLElement | null = null, live: (() => void) | null = null;

  async function show(): Promise<void> {
    const selection = store.selection, mine = ++asked;
    live = null;
    if (!selection) return body.replaceChildren(h("p", { class: "gn-hint" }, words.askHelp), pinned(app));
    step = store.frame?.header.step ?? -1;
    try {
      const parts = selection.kind === "unit" ? await ofUnit(app, selection) : await ofParameter(selection);
      if (mine !== asked) return;
      body.replaceChildren(...parts, pinned(app));
      if (seen !== selection) inSight(body.querySelector(".gn-facts") ?? body);
      seen = selection;
    } catch { /* shown already */ }
  }

  async function ofParameter(selection: Selection): Promise<Node[]> {
    const place = placeOf(store, selection)!;
    const row = ofAll ? null : (store.row ?? 0);
    const { message } = await client.ask("why", { ...place, row });
    const answer = message as unknown as WhyAnswer & { penalty?: number };
    const value = h("dd", { "data-shows": "value" });
    live = () => say(value, exact(valueOf(store, selection)));
    live();
    const rows = select(words.forRow, (chosen) => { ofAll = chosen === "all"; void show(); });
    rows.offer([{ value: "all", text: words.allRows }, { value: "one", text: words.thisRow(store.row ?? 0) }]);
    rows.show(ofAll ? "all" : "one");
    stale = h("p", { class: "gn-stale", hidden: true }, words.stale, " ", button(words.askAgain, () => void show()));
    return [
      h("h3", {}, nameOfSelection(store, selection)),
      h("dl", { class: "gn-facts" },
        fact(words.value, value), fact(words.gradient, h("dd", { "data-shows": "gradient" }, exact(answer.gradient))),
        fact(words.finite, h("dd", { "data-shows": "numeric" }, exact(answer.numeric)))),
      h("div", { class: "gn-buttons" }, edit(app, place), pin(app, place), rows.element), stale,
      factors(answer), h("details", {}, h("summary", {}, words.whyGradient), explained(answer.html)),
    ];
  }

  store.on(["selection", "row"], () => void show());
  store.on("scene", () => { if (store.selection) void show(); });
  store.on("frame", () => {
    live?.();
    if (stale) stale.hidden = store.frame!.header.step === step;
    if (store.selection && !store.running && store.frame!.header.step !== step) void show(); // a step forward or back
  });
  void show();
  return body;
}

const fact = (title: string, value: HTMLElement): HTMLElement => h("div", {}, h("dt", {}, title), value);

async function ofUnit({ store, client }: App, selection: Selection & { kind: "unit" }): Promise<Child[] & Node[]> {
  const row = store.row ?? 0;
  const heading = h("h3", {}, nameOfSelection(store, selection));
  if (selection.depth < 0) {
    const value = store.rows && store.plain ? store.rows.X[row * store.shapes!.features.length + selection.unit] : undefined;
    return [heading, h("p", {}, `${words.thisRow(row)}: ${exact(value)}`)];
  }
  const { message } = await client.ask("unit", { layer: store.reader!.dense[selection.depth].index, unit: selection.unit, row });
  const answer = message as unknown as UnitAnswer;
  return [heading, h("dl", { class: "gn-facts" }, fact(`${words.value}, ${words.thisRow(row)}`, h("dd", { "data-shows": "value" }, exact(answer.value)))), explained(answer.html)];
}

function factors(answer: WhyAnswer & { penalty?: number }): HTMLElement {
  const shown = answer.rows.slice(0, MOST_ROWS);
  const names = answer.factors.map((each) => each.name);
  const line = (row: number, k: number): HTMLElement => h("tr", {}, h("th", { scope: "row" }, `${words.row} ${row}`),
    ...answer.factors.map((each) => h("td", {}, exact(each.values[k]))), h("td", { class: "gn-product" }, exact(answer.products[k])));
  const total = (title: string, value: number): HTMLElement => h("tr", { class: "gn-total" }, h("th", { scope: "row" }, title), h("td", { colspan: names.length }), h("td", { class: "gn-product" }, exact(value)));
  return h("div", { class: "gn-scroll", tabindex: "0", role: "region", "aria-label": words.factors }, h("table", { class: "gn-factors" }, h("caption", {}, words.factors),
    h("thead", {}, h("tr", {}, h("td"), ...names.map((name) => h("th", { scope: "col" }, name)), h("th", { scope: "col" }, words.product))),
    h("tbody", {}, ...shown.map(line),
      ...(answer.rows.length > MOST_ROWS ? [h("tr", {}, h("th", { scope: "row" }, `+ ${answer.rows.length - MOST_ROWS}`), h("td", { colspan: names.length + 1 }, "…"))] : []),
      ...(answer.penalty ? [total(words.penaltyPart, answer.penalty)] : []), total(`${words.mean} (${answer.rows.length})`, answer.gradient))));
}

function edit({ client, note }: App, place: Place): HTMLElement {
  const input = h("input", { type: "text", inputmode: "decimal", size: 8, "aria-label": words.change, placeholder: words.change });
  return h("form", { class: "gn-inline", onsubmit: (event: Event) => {
    event.preventDefault();
    const value = typed(input.value);
    if (Number.isNaN(value)) note(words.needsNumber(words.value, input.value), "error");
    else client.do("edit", { ...place, value });
  } }, input, h("button", {}, words.set_));
}

const same = (a: Place, b: Place): boolean => a.layer === b.layer && a.parameter === b.parameter && String(a.index) === String(b.index);

function pin({ store, client }: App, place: Place): HTMLElement {
  const is = store.pins.some((each) => same(each, place));
  const element = button(is ? words.unpin : words.pin, () => {
    const pins = store.pins.some((each) => same(each, place)) ? store.pins.filter((each) => !same(each, place)) : [...store.pins, { ...place, value: NaN, gradient: NaN }];
    store.pins = pins;
    client.view({ pins: pins.map(({ layer, parameter, index }) => ({ layer, parameter, index })) });
    say(element, pins.some((each) => same(each, place)) ? words.unpin : words.pin);
  });
  return element;
}

/** Pinned weights, with their numbers while training goes on. */
function pinned({ store }: App): HTMLElement {
  const body = h("tbody");
  const table = h("table", { class: "gn-factors" }, h("caption", {}, words.pinned),
    h("thead", {}, h("tr", {}, h("td"), h("th", { scope: "col" }, words.value), h("th", { scope: "col" }, words.gradient))), body);
  const name = (each: Place): string => {
    const depth = store.reader!.dense.findIndex((layer) => layer.index === each.layer);
    if (depth < 0) return "";
    return nameOfSelection(store, each.parameter === "W" ? { kind: "weight", depth, from: each.index[0], to: each.index[1] } : { kind: "bias", depth, unit: each.index[0] });
  };
  const show = (): void => {
    table.hidden = store.pins.length === 0;
    body.replaceChildren(...store.pins.map((each) => h("tr", {}, h("th", { scope: "row" }, name(each)), h("td", {}, exact(each.value)), h("td", {}, exact(each.gradient)))));
  };
  current = show;
  if (!listening.has(store)) {
    listening.add(store);
    store.on("frame", () => { if (store.pins.length) current(); });
  }
  show();
  return table;
}
let current: () => void = () => undefined;
const listening = new WeakSet<object>();

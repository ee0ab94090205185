// One row's way through the network, layer by layer; its inputs can be typed over.
import type { App } from "../client";
import { button, h, inSight } from "../dom";
import { number } from "../fields";
import type { ForwardAnswer } from "../messages";
import { unitName } from "../names";
import { exact, typed } from "../numbers";
import { words } from "../words";
import { contributions } from "./contributions";

const MOST_UNITS = 16;

export function rowTab(app: App): HTMLElement {
  const { store, client, note } = app;
  const found = h("div"), shares = h("div");
  const choose = number(words.chosenRow, (row) => choose_(Math.round(row)), (got) => note(words.needsNumber(words.row, got), "error"));
  let asked = 0, step = -1;

  function choose_(row: number): void {
    const last = (store.rows?.shown ?? 1) - 1;
    store.chooseRow(Math.max(0, Math.min(last, row)));
  }

  async function show(): Promise<void> {
    const mine = ++asked, row = store.row ?? 0;
    choose.show(row);
    step = store.frame?.header.step ?? -1;
    try {
      const { message } = await client.ask("forward", { row });
      if (mine === asked) found.replaceChildren(...forward(app, row, message as unknown as ForwardAnswer));
      const more = store.table?.model && store.scene?.data.name === "file" ? await contributions(app, row) : [];
      if (mine === asked) shares.replaceChildren(...more);
    } catch { /* shown already */ }
  }

  const visible = (): boolean => !body.hidden && store.open && !!store.rows;
  store.on("row", () => { client.view({ row: store.row }); void show().then(() => inSight(body.querySelector(".gn-facts") ?? body)); });
  store.on("rows", () => { if (visible()) void show(); });
  store.on("frame", () => { if (visible() && !store.running && store.frame!.header.step !== step) void show(); });
  const body = h("div", { class: "gn-tab" }, h("div", { class: "gn-buttons" }, choose.element,
    button("‹", () => choose_((store.row ?? 0) - 1), { "aria-label": words.previous }),
    button("›", () => choose_((store.row ?? 0) + 1), { "aria-label": words.next })), shares, found);
  new MutationObserver(() => { if (visible()) void show(); }).observe(body, { attributeFilter: ["hidden"] });
  return body;
}

const told = (value: number | string): string => (typeof value === "number" ? exact(value) : value);

function forward(app: App, row: number, answer: ForwardAnswer): Node[] {
  const { store } = app;
  const fact = (title: string, value: string): HTMLElement => h("div", {}, h("dt", {}, title), h("dd", {}, value));
  return [
    h("dl", { class: "gn-facts" }, fact(words.targetOf, told(answer.target)), fact(words.predicted, told(answer.predicted)), fact(words.lossOf, exact(answer.loss))),
    ...(answer.interval ? [h("p", {}, words.intervalOf(exact(answer.interval[0]), exact(answer.interval[1])))] : []),
    ...(answer.within ? [h("p", { class: "gn-hint" }, words.standardised(exact(answer.within[0]), exact(answer.within[1])))] : []),
    h("h3", {}, words.forwardPass),
    h("div", { class: "gn-forward" }, inputs(app, row, answer.input), ...answer.layers.map(({ Z, A, sum }, depth) =>
      h("table", { class: "gn-factors" }, h("caption", {}, depth < store.depth - 1 ? words.layer(depth + 1) : words.outputHead),
        h("thead", {}, h("tr", {}, h("td"), h("th", { scope: "col" }, "Z"), h("th", { scope: "col" }, "A"), sum && h("th", { scope: "col" }, words.sumHead))),
        h("tbody", {}, ...A.slice(0, MOST_UNITS).map((a, unit) => h("tr", {}, h("th", { scope: "row" }, unitName(store, depth, unit)), h("td", {}, exact(Z[unit])), h("td", {}, exact(a)), sum && h("td", {}, exact(sum[unit])))), ...more(A.length))))),
  ];
}

const more = (count: number): Node[] => (count > MOST_UNITS ? [h("tr", {}, h("th", { scope: "row" }, `+ ${count - MOST_UNITS}`))] : []);

function inputs({ store, client, note }: App, row: number, values: number[]): HTMLElement {
  return h("table", { class: "gn-factors" }, h("caption", {}, words.inputs), h("tbody", {}, ...values.slice(0, MOST_UNITS).map((value, input) => {
    const name = store.shapes!.features[input];
    const box = h("input", { type: "text", inputmode: "decimal", size: 9, "aria-label": words.inputOf(name), value: exact(value), onchange: () => {
      const given = typed(box.value);
      if (Number.isNaN(given)) note(words.needsNumber(name, box.value), "error");
      else client.do("edit", { row, input, value: given });
    } });
    return h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, box));
  }), ...more(values.length)));
}

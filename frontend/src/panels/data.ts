// Which rows: a bundled set with its sliders, derived inputs, or one's own file.
import type { App } from "../client";
import { type Child, button, h, say } from "../dom";
import { select, slider } from "../fields";
import type { DataOfScene, Opened, Scene } from "../messages";
import { percent } from "../numbers";
import { words } from "../words";

const MOST_SCENE = 1e6; // bytes of a file with a scene
const SLOW = 400; // milliseconds, after which a page that says nothing looks as if nothing had happened
const DERIVED = ["x1^2", "x2^2", "x1*x2", "sin(x1)", "sin(x2)"]; // of sets with two inputs

export function dataPanel(app: App): HTMLElement {
  const { store, client } = app;
  const data = (change: Partial<DataOfScene>): void => client.set({ data: change });
  const set = select(words.set, (name) => (name === "file" ? void open(app, { target: store.table?.target, kinds: store.table?.kinds }) : data({ name, derived: [] })));
  const text = h("p", { class: "gn-hint" });
  const noise = slider(words.noise, { min: 0, max: 1, step: 0.05, text: (x) => x.toFixed(2) }, (x) => data({ noise: x }));
  const rows = slider(words.rows, { min: 20, max: 2000, step: 20, text: String }, (x) => data({ rows: x }));
  const held = slider(words.heldOut, { min: 0, max: 0.8, step: 0.05, text: percent }, (x) => data({ held_out: x }));
  const boxes = DERIVED.map((name) => h("input", { type: "checkbox", value: name,
    onchange: () => data({ derived: DERIVED.filter((each) => (each === name) !== store.asked!.data.derived.includes(each)) }) }));
  const derived = h("fieldset", { class: "gn-chips" }, h("legend", {}, words.derived), ...boxes.map((box) => h("label", {}, box, written(box.value))));
  const picker = h("input", { type: "file", hidden: true, accept: ".csv,.tsv,.txt,.parquet,.xlsx,.xls,.ods,.json", onchange: () => {
    if (picker.files?.[0]) void openFile(app, picker.files[0]);
    picker.value = "";
  } });
  const columns = h("div");

  let shown: Columns | null = null;

  store.on(["scene", "choices", "asked"], () => {
    if (!store.asked || !store.choices) return;
    const { data: now } = store.asked;
    const choice = store.choices.data.find((each) => each.name === now.name);
    const sets = store.choices.data.map((each) => ({ value: each.name, text: each.title }));
    set.offer(store.table ? [...sets, { value: "file", text: store.table.file === "file" ? words.ownRows : store.table.file }] : sets);
    set.show(now.name);
    say(text, choice?.text ?? "");
    noise.show(now.noise);
    rows.show(now.rows);
    held.show(now.held_out);
    noise.element.hidden = !choice?.adjustable?.includes("noise");
    rows.element.hidden = !choice?.adjustable?.includes("rows");
    held.element.hidden = now.name === "file" && !!store.table?.model && store.shapes!.n_held_out > 0 && !!store.table.known;
    derived.hidden = now.name === "file" || store.shapes!.features.length - store.scene!.data.derived.length !== 2;
    for (const box of boxes) box.checked = now.derived.includes(box.value);
    showColumns(now.name === "file" ? store.table : null);
  });

  /** A list that is there stays, so that what somebody is choosing in it stays too. */
  function showColumns(table: Opened | null): void {
    const key = JSON.stringify(table);
    if (key !== shown?.key) {
      shown = table && columnList(app, table, key);
      columns.replaceChildren(...(shown ? [shown.element] : []));
    }
    shown?.show();
  }

  return h("section", { "aria-label": words.data }, h("h2", {}, words.data), set.element, text, noise.element, rows.element, held.element, derived,
    h("div", { class: "gn-buttons" },
      button(words.regenerate, () => data({ seed: (store.asked?.data.seed ?? 0) + 1 })),
      button(words.dropFile, () => picker.click())), picker, columns);
}

const written = (name: string): string => name.replace("^2", "²").replace("*", "·").replace(/x(\d)/g, (_, k) => `x${"₀₁₂₃₄₅₆₇₈₉"[k]}`);

export function openFile(app: App, file: File): Promise<void> | void {
  const limit = app.store.choices?.limits?.upload_bytes ?? Infinity;
  if (/\.json$/i.test(file.name) && file.size < MOST_SCENE) return file.text().then((text) => sceneOrTable(app, file, text));
  if (file.size > limit) return app.note(words.tooLarge(file.name, `${Math.round(limit / 1e6)} MB`), "error");
  return file.arrayBuffer().then((content) => open(app, { file: file.name }, [new Uint8Array(content)]));
}

/** A scene that the page made restores all of it; other JSON is a table. */
async function sceneOrTable(app: App, file: File, text: string): Promise<void> {
  let found: Partial<Scene> | null = null;
  try { found = JSON.parse(text) as Partial<Scene>; } catch { /* the server says what is wrong with it */ }
  if (found?.data && found.layers && found.training) return app.client.set({ data: found.data, layers: found.layers, training: found.training, network: found.network ?? null });
  await open(app, { file: file.name }, [new TextEncoder().encode(text)]);
}

/** Opens a table that is sent, or the last one with another target or other kinds. */
async function open({ client, note }: App, given: { file?: string; target?: string; kinds?: Record<string, string> }, buffers: Uint8Array[] = []): Promise<void> {
  const told = setTimeout(() => note(words.reading(String(given.file ?? words.ownRows))), SLOW);
  const { kinds } = given;
  await client.change(kinds ? { data: { kinds } } : {}, "open", given, buffers);
  clearTimeout(told);
}

interface Columns { key: string; element: HTMLElement; show: () => void }

function columnList(app: App, { columns, targets, target, model, file }: Opened, key: string): Columns {
  const several = targets.length > 1;
  const kinds = (): Record<string, string> => app.store.asked?.data.kinds ?? {};
  const choose = select(words.target, (name) => void open(app, { target: name, kinds: kinds() }));
  choose.offer(targets.map((name) => ({ value: name, text: name })));
  const whole = (...parts: Child[]): HTMLElement => h("details", { open: true }, h("summary", {}, words.columns), ...parts);
  if (model) {
    const element = whole(several && choose.element, h("p", { class: "gn-hint" }, words.ofModel(file)),
      h("dl", { class: "gn-columns" }, !several && h("div", {}, h("dt", {}, words.target), h("dd", {}, target)),
        ...columns.map(({ name, kind, dropped }) => h("div", {}, h("dt", {}, name), h("dd", {}, dropped ? `${kind}, ${words.dropped}` : kind)))));
    return { key, element, show: () => choose.show(target) };
  }
  const fields = columns.map(({ name, kind, dropped }) => {
    const field = select(name, (value) => void open(app, { target, kinds: { ...kinds(), [name]: value } }));
    field.offer([...new Set([...(app.store.choices?.kinds ?? []), kind])].map((value) => ({ value, text: dropped && value === kind ? `${kind}, ${words.dropped}` : value })));
    return { element: field.element, show: () => field.show(kinds()[name] ?? kind) };
  });
  return { key, element: whole(choose.element, ...fields.map((each) => each.element)), show: () => { choose.show(target); fields.forEach((each) => each.show()); } };
}

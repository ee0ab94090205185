// Labelled controls that show what the scene says and report what somebody chose.
import { type Child, freshId, h, setAttribute } from "./dom";
import { type Named, nameOf } from "./messages";
import { typed } from "./numbers";

export interface Field<T> { element: HTMLElement; show: (value: T) => void }

const labelled = (label: string, id: string, control: Child, ...more: Child[]): HTMLElement =>
  h("div", { class: "gn-field" }, h("label", { for: id }, label), control, ...more);

export interface Choice { value: string; text: string; title?: string }

export function select(label: string, changed: (value: string) => void): Field<string> & { offer: (choices: Choice[]) => void } {
  const id = freshId();
  const control = h("select", { id, onchange: () => changed(control.value) });
  let offered = "";
  return {
    element: labelled(label, id, control),
    offer(choices) {
      const text = JSON.stringify(choices);
      if (text === offered) return; // an open list stays open
      offered = text;
      const value = control.value;
      control.replaceChildren(...choices.map((each) => h("option", { value: each.value, title: each.title }, each.text)));
      control.value = value;
    },
    show(value) { if (document.activeElement !== control || control.value !== value) control.value = value; },
  };
}

export const choicesOf = (names: Named[], none?: string): Choice[] => [
  ...(none === undefined ? [] : [{ value: "", text: none }]),
  ...names.map((each) => ({ value: nameOf(each), text: nameOf(each).replaceAll("_", " "), title: typeof each === "object" ? each.formula : undefined })),
];

/** A number that is sent when it is finished; what is none goes back to what it was. `cleared` is for fields that may be empty. */
export function number(label: string, changed: (value: number) => void, refused: (text: string) => void = () => undefined, cleared?: () => void): Field<number | null> {
  const id = freshId();
  const control = h("input", { id, type: "text", inputmode: "decimal", autocomplete: "off", size: 7, oninput: () => { typing = true; }, onchange: () => {
    typing = false;
    const value = typed(control.value);
    if (!Number.isNaN(value)) return changed(value);
    if (cleared && control.value.trim() === "") return cleared();
    refused(control.value);
    control.value = shown;
  }, onblur: () => {
    if (typing) control.value = shown; // what was typed is what stood there before, which is no change
    typing = false;
  } });
  let shown = "", typing = false;
  return {
    element: labelled(label, id, control),
    show(value) {
      shown = value === null ? "" : String(value);
      if (!typing) setAttribute(control, "value", shown);
    },
  };
}

/** A slider sends while it is moved, but not more often than the server can follow. */
export function slider(label: string, range: { min: number; max: number; step: number; text: (value: number) => string }, changed: (value: number) => void): Field<number> & { enable: (on: boolean) => void } {
  const id = freshId();
  const shown = h("output", { for: id });
  let timer = 0;
  const control = h("input", { id, type: "range", min: range.min, max: range.max, step: range.step, oninput: () => {
    shown.textContent = range.text(Number(control.value));
    clearTimeout(timer);
    timer = window.setTimeout(() => { timer = 0; changed(Number(control.value)); }, 150);
  } });
  return {
    element: labelled(label, id, control, shown),
    enable(on) { control.disabled = !on; },
    show(value) {
      if (timer && document.activeElement === control && document.hasFocus() && Number(control.value) !== value) return;
      control.value = String(value);
      shown.textContent = range.text(value);
    },
  };
}

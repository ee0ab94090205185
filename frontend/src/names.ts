// What a unit, a weight, a bias is called on the page: h1.3 is the third unit of the first hidden layer.
import { withSign } from "./numbers";
import type { Place } from "./messages";
import type { Selection, Store } from "./store";
import { words } from "./words";

export function unitName(store: Store, depth: number, unit: number): string {
  const shapes = store.shapes!;
  if (depth < 0) return shapes.inputs[unit] ?? `x${unit + 1}`;
  if (depth < store.depth - 1) return `h${depth + 1}.${unit + 1}`;
  if (shapes.classes && shapes.classes.length === shapes.outputs) return shapes.classes[unit];
  return shapes.output_names[unit] ?? (shapes.outputs === 1 ? words.output : `${words.output} ${unit + 1}`);
}

export const weightName = (store: Store, depth: number, from: number, to: number): string =>
  words.weightFromTo(unitName(store, depth - 1, from), unitName(store, depth, to));

export const biasName = (store: Store, depth: number, unit: number): string => words.biasOf(unitName(store, depth, unit));

export function nameOfSelection(store: Store, selection: Selection): string {
  if (selection.kind === "weight") return weightName(store, selection.depth, selection.from, selection.to);
  if (selection.kind === "bias") return biasName(store, selection.depth, selection.unit);
  return words.unit(unitName(store, selection.depth, selection.unit));
}

export const labelled = (name: string, value: number | undefined): string =>
  value === undefined ? name : `${name}, ${withSign(value)}`;

/** Where a selected weight or bias is, as the server counts. */
export function placeOf(store: Store, selection: Selection): Place | null {
  if (selection.kind === "unit") return null;
  const layer = store.reader!.dense[selection.depth].index;
  return selection.kind === "weight"
    ? { layer, parameter: "W", index: [selection.from, selection.to] }
    : { layer, parameter: "b", index: [selection.unit] };
}

export function valueOf(store: Store, selection: Selection, part = "parameters"): number | undefined {
  const values = store.frame?.array(part);
  if (!values || !store.reader) return undefined;
  if (selection.kind === "weight") return store.reader.W(values, selection.depth, selection.from, selection.to);
  return selection.kind === "bias" ? store.reader.b(values, selection.depth, selection.unit) : undefined;
}

/** "h1.1", "age" or a class → where it is. For links in lessons. */
export function unitNamed(store: Store, name: string): { depth: number; unit: number } | null {
  for (let depth = -1; depth < store.depth; depth++) {
    const count = depth < 0 ? store.shapes!.inputs.length : store.reader!.dense[depth].units;
    for (let unit = 0; unit < count; unit++) if (unitName(store, depth, unit) === name) return { depth, unit };
  }
  return null;
}

// What the page knows: the scene, the rows, the newest frame, and what somebody selected. Panels listen to topics.
import { Frame, Reader } from "./frame";
import type { Opened, SceneEvent, Choices, CurvePoints, Pin, Place, Plane, Scene, SceneChange, Shapes } from "./messages";

export type Topic = "choices" | "scene" | "asked" | "rows" | "frame" | "selection" | "row" | "link" | "view" | "lesson" | "theme";
export type Selection =
  | { kind: "weight"; depth: number; from: number; to: number }
  | { kind: "bias"; depth: number; unit: number }
  | { kind: "unit"; depth: number; unit: number };

export interface View { map: number; units: number; row: number | null; axes: [number, number] | null; pins: Place[] }

export interface Rows {
  n: number; heldOut: number; shown: number; X: Float32Array; y: Float32Array; places: Float32Array | null; names: string[] | null; plane: Plane | null;
}
export interface Curves { epoch: number[]; loss: (number | null)[]; held_out: (number | null)[]; metric: (number | null)[]; held_out_metric: (number | null)[] }

export interface UnitMaps { values: Float32Array | Uint8Array; shape: number[] }
export interface Predictions { values: ArrayLike<number>; rows: number; outputs: number }

/** As the server merges them: what has a name, and lists, are replaced whole. */
const merged = (scene: Scene, { data, training, ...others }: SceneChange): Scene =>
  ({ ...scene, ...others, data: { ...scene.data, ...data }, training: { ...scene.training, ...training } });

const noCurves = (): Curves => ({ epoch: [], loss: [], held_out: [], metric: [], held_out_metric: [] });

export class Store {
  choices: Choices | null = null;
  scene: Scene | null = null;
  readonly changes: SceneChange[] = []; // sent, and not answered yet
  shapes: Shapes | null = null;
  reader: Reader | null = null;
  undo = false;
  redo = false;
  rows: Rows | null = null;
  frame: Frame | null = null;
  predictions: Predictions | null = null; // not all frames bring them
  maps: UnitMaps | null = null; // nor these
  curves: Curves = noCurves();
  selection: Selection | null = null;
  row: number | null = 0;
  pins: Pin[] = [];
  readonly view: View = { map: 100, units: 50, row: 0, axes: null, pins: [] };
  open = false;
  table: Opened | null = null;
  lesson: string | null = null;
  private readonly listeners = new Map<Topic, (() => void)[]>();

  on(topic: Topic | Topic[], listener: () => void): void {
    for (const each of [topic].flat()) this.listeners.set(each, [...(this.listeners.get(each) ?? []), listener]);
  }

  /** The first time that something holds. */
  once(topic: Topic, holds: () => boolean, then: () => void): void {
    let done = false;
    this.on(topic, () => {
      if (done || !holds()) return;
      done = true;
      then();
    });
  }

  tell(topic: Topic): void { this.listeners.get(topic)?.forEach((listener) => listener()); }

  /** The scene as it will be with all changes that were sent; whoever changes a part of a list or of a rule begins here. */
  get asked(): Scene | null { return this.scene && this.changes.reduce(merged, this.scene); }
  get depth(): number { return this.reader?.dense.length ?? 0; }
  /** Whether the inputs themselves enter the first dense layer, and not what other layers have made of them. */
  get plain(): boolean { return String(this.shapes?.inputs) === String(this.shapes?.features); }
  get running(): boolean { return this.frame?.header.running ?? false; }

  setScene({ scene, shapes, undo, redo, view, table }: SceneEvent): void {
    Object.assign(this, { scene, shapes, undo, redo, table, row: view.row, reader: new Reader(shapes) });
    Object.assign(this.view, view);
    this.predictions = this.maps = null;
    if (!view.pins.length) this.pins = [];
    if (this.selection && !this.exists(this.selection)) this.select(null);
    this.tell("scene");
  }

  private exists(selection: Selection): boolean {
    const layer = this.reader?.dense[selection.depth];
    if (!layer) return selection.depth === -1 && selection.kind === "unit" && selection.unit < (this.shapes?.inputs.length ?? 0);
    if (selection.kind === "weight") return selection.to < layer.units && selection.from < layer.parameters.W[0];
    return selection.unit < layer.units;
  }

  select(selection: Selection | null): void {
    this.selection = selection;
    this.tell("selection");
  }

  chooseRow(row: number | null): void {
    this.row = row;
    this.tell("row");
  }

  setFrame(frame: Frame): void {
    this.frame = frame;
    const { curves, pins } = frame.header;
    if (curves) this.addCurves(curves);
    if (pins) this.pins = pins;
    const maps = frame.array("maps");
    if (maps) this.maps = { values: maps, shape: frame.shape("maps") };
    const values = frame.array("predictions");
    if (values) this.predictions = { values, rows: frame.shape("predictions")[0], outputs: frame.shape("predictions")[1] };
  }

  /** New points replace what lies from `from` on: a step back takes points away. */
  addCurves(points: CurvePoints): void {
    for (const name of Object.keys(this.curves) as (keyof Curves)[]) {
      const line = this.curves[name] as (number | null)[];
      line.length = Math.min(line.length, points.from);
      const more = points[name] ?? points.epoch.map(() => null);
      for (const value of more) line.push(value);
    }
  }
}

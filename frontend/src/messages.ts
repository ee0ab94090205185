// What the page and the server say to each other: one JSON object and binary buffers.

export type Named = string | { name: string; title?: string; formula?: string; settings?: Setting[] };
export interface Setting { name: string; default: number | string | boolean | null; min?: number; max?: number }
export interface Described { name: string; [setting: string]: unknown }

export interface LayerOfScene { units: number; activation: string; dropout: number; normalization: string | null; skip: boolean }
export interface DataOfScene {
  name: string; noise: number; rows: number; held_out: number; seed: number;
  derived: string[]; target: string | null; kinds: Record<string, string>;
}
export interface TrainingOfScene {
  loss: string; optimizer: Described; schedule: Described | null; batch_size: number; penalty: Described | null;
  initializer: string | null; seed: number; engine: string;
}
export interface Scene { data: DataOfScene; layers: LayerOfScene[]; training: TrainingOfScene; network: string | null }
export interface SceneChange { data?: Partial<DataOfScene>; layers?: LayerOfScene[]; training?: Partial<TrainingOfScene>; network?: string | null }

export interface LayerShape {
  index: number; path: string; kind: string; units: number; activation: string;
  parameters: Record<string, number[]>; offsets: Record<string, number>;
}
export interface Shapes {
  features: string[]; inputs: string[]; classes: string[] | null; output_names: string[]; losses: string[]; outputs: number; task: "classes" | "binary" | "number";
  n_rows: number; n_held_out: number; layers: LayerShape[]; columns: number[]; skips: [number, number][];
}
export interface SceneEvent { event: "scene"; scene: Scene; shapes: Shapes; undo: boolean; redo: boolean; view: ViewOfScene; table: Opened | null; message?: string }
export interface ViewOfScene { map: number; units: number; row: number | null; axes: [number, number] | null; pins: Place[] }
export interface Opened { columns: Column[]; targets: string[]; target: string; kinds: Record<string, string>; file: string; model: boolean; known: boolean }

export interface DataChoice { name: string; title: string; text?: string; adjustable?: string[] }
export interface LessonChoice { name: string; title: string; minutes?: number }
export interface ExportChoice { what: string; title: string; missing?: string | null }
export interface Choices {
  data: DataChoice[]; activations: Named[]; losses: Record<string, Named[]>; optimizers: Named[];
  schedules: Named[]; initializers: Named[]; penalties: Named[]; normalizations: Named[];
  lessons: LessonChoice[]; exports: ExportChoice[]; kinds?: string[]; practice?: { name: string; title: string }[]; tapes?: { title: string; text: string }[];
  limits: { units: number; layers: number; upload_bytes: number; rows: number };
}

export interface Part { name: string; dtype: "float32" | "uint8"; shape: number[] }
export interface CurvePoints {
  from: number; epoch: number[]; loss: (number | null)[]; held_out: (number | null)[];
  metric?: (number | null)[]; held_out_metric?: (number | null)[];
}
export interface FrameEvent {
  event: "frame"; number: number; step: number; epoch: number; at_most_back: number; running: boolean;
  loss: number | null; batch_loss: number | null; held_out_loss: number | null; metrics: Record<string, number | null>;
  gradient_norms: number[]; dead: number[][]; saturated: number[][];
  map: number; axes: [number, number] | null; extent: number[]; scales?: number[]; parts: Part[];
  curves?: CurvePoints; activity?: number[][]; pins?: Pin[];
}
export interface Place { layer: number; parameter: "W" | "b"; index: number[] }
export interface Pin extends Place { value: number; gradient: number }
export interface RowsEvent { event: "rows"; n: number; n_held_out: number; shown?: number; names?: string[] | null; plane?: Plane | null }
/** Two principal components: where the maps have their middle, and in which directions they lie. */
export interface Plane { centre: number[]; directions: [number[], number[]] }
export interface NoteEvent { event: "message"; text: string; kind: "note" | "warning" | "error" }
export interface EndedEvent { event: "ended"; why: string; text: string }

export interface WhyAnswer {
  gradient: number; numeric: number; factors: { name: string; values: number[] }[]; products: number[];
  rows: number[]; html: string; text: string;
}
export interface UnitAnswer { html: string; text: string; value: number; formula: string }
export interface ForwardAnswer {
  layers: { Z: number[]; A: number[]; sum?: number[] }[]; input: number[]; target: number | string; predicted: number | string;
  within?: [number, number]; interval?: [number, number]; loss: number | null;
}
export interface ContributionsAnswer {
  columns: { name: string; value: string; contribution: number }[]; others: number; rest: number;
  baseline: number; prediction: number; what: string; background: number; error: number;
}
export interface CheckAnswer { max_error: number; ok: boolean; html: string; text: string }
export interface Finding { title: string; text: string; severity: string }
export interface Question { id: number | string; text: string; html?: string; given?: { name: string; value: number }[]; kind: string }
export interface Verdict { right: boolean; text: string; value?: number; wrong_factor?: string; derivation?: string[] }
export interface Solution { value: number; derivation: string[] }
export interface TapeNode { name: string; formula: string; inputs: string[]; value: string; gradient: string | null; place: [number, number] }
export interface TapeStep { name: string; back: boolean; text: string; html: string }
export interface TapeAnswer { nodes: TapeNode[]; steps: TapeStep[] }
export interface Column { name: string; kind: string; inputs?: number; dropped?: string | boolean | null }

export type Message = Record<string, unknown>;
export const nameOf = (choice: Named): string => (typeof choice === "string" ? choice : choice.name);
export const settingsOf = (choice: Named | undefined): Setting[] =>
  typeof choice === "object" && choice.settings ? choice.settings : [];

// Colours that colour-blind people can tell apart (Okabe and Ito), in light and dark.

export type Rgb = [number, number, number];
export interface Palette { dark: boolean; paper: Rgb; ink: string; faint: string; negative: Rgb; middle: Rgb; positive: Rgb; cycle: Rgb[] }

const rgb = (hex: string): Rgb => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as Rgb;
export const css = ([r, g, b]: Rgb): string => `rgb(${r | 0} ${g | 0} ${b | 0})`;
export const mix = (from: Rgb, to: Rgb, share: number): Rgb =>
  from.map((value, k) => value + share * (to[k] - value)) as Rgb;

const LIGHT: Palette = {
  dark: false, paper: rgb("#ffffff"), ink: "#1a1a1a", faint: "#6a6f76",
  negative: rgb("#d55e00"), middle: rgb("#f1f1ee"), positive: rgb("#0072b2"),
  cycle: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c7a00"].map(rgb),
};
const DARK: Palette = {
  dark: true, paper: rgb("#14181d"), ink: "#e6e6e6", faint: "#9aa0a6",
  negative: rgb("#ff8c42"), middle: rgb("#262c33"), positive: rgb("#56b4e9"),
  cycle: ["#56b4e9", "#ff8c42", "#22c08f", "#e39ac4", "#e6b422", "#4c8dff", "#f0e442"].map(rgb),
};

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
export const palette = (): Palette => (prefersDark.matches ? DARK : LIGHT);
export const onTheme = (listener: () => void): void => prefersDark.addEventListener("change", listener);

/** −1 … 1 to orange … blue, through the colour of the paper. */
export function diverging(share: number, colours: Palette = palette()): Rgb {
  const size = Math.min(1, Math.abs(share));
  return mix(colours.middle, share < 0 ? colours.negative : colours.positive, size);
}

/** Lines keep away from the paper's colour: a weight near 0 is thin, not invisible. */
function lineOf(share: number, colours: Palette): string {
  return css(mix(mix(colours.middle, rgb(colours.faint), 0.45), share < 0 ? colours.negative : colours.positive, Math.min(1, 0.35 + Math.abs(share))));
}

const STEPS = 64; // of either sign
let lines: { dark: boolean; colours: string[] } | null = null;
export function lineColour(share: number): string {
  const colours = palette();
  if (lines?.dark !== colours.dark)
    lines = { dark: colours.dark, colours: Array.from({ length: 2 * STEPS + 1 }, (_, k) => lineOf(k / STEPS - 1, colours)) };
  return lines.colours[Math.round(STEPS * (1 + Math.max(-1, Math.min(1, share))))] ?? colours.faint; // a number may be none
}

/** Two classes have the two ends of the diverging scale: the second is what a positive score means. */
export function classColours(count: number): Rgb[] {
  const colours = palette();
  if (count === 2) return [colours.negative, colours.positive];
  return Array.from({ length: count }, (_, k) => {
    const base = colours.cycle[k % colours.cycle.length];
    return k < colours.cycle.length ? base : mix(base, rgb(colours.ink), 0.45); // more than seven: darker ones
  });
}

/** Colours of 256 steps, as the bytes of an image. */
export function table(colour: (step: number) => Rgb): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, step) => {
    const [r, g, b] = colour(step).map(Math.round);
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0; // little-endian RGBA
  });
}

let tables: { dark: boolean; diverging: Uint32Array } | null = null;
export function divergingTable(): Uint32Array {
  const colours = palette();
  if (tables?.dark !== colours.dark)
    tables = { dark: colours.dark, diverging: table((step) => diverging((step - 128) / 127, colours)) };
  return tables.diverging;
}

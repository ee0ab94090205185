// Numbers as people write them: a true minus sign, as many digits as can be told apart.

export const MINUS = "−";

const signed = (text: string): string => text.replace("-", MINUS);

/** Three significant digits: −0.42, 12.3, 1.2e−7. */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return signed(value.toExponential(1).replace("e-", `e${MINUS}`).replace("e+", "e"));
  return signed(size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : size >= 0.1 ? value.toFixed(2) : value.toFixed(3));
}

/** Six significant digits, for values that are compared. */
export function exact(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const small = value !== 0 && Math.abs(value) < 1e-4;
  const text = small ? value.toExponential(5).replace(/\.?0+e/, "e") : String(Number(value.toPrecision(6)));
  return text.replace(/-/g, MINUS).replace("e+", "e");
}

/** With its sign, which colour alone must not tell. */
export const withSign = (value: number): string => (value > 0 ? `+${short(value)}` : short(value));

export const percent = (share: number): string => `${(100 * share).toFixed(share > 0.995 && share < 1 ? 1 : 0)} %`;

/** What somebody typed: a comma for a point and a true minus sign are understood. */
export const typed = (text: string): number =>
  text.trim() === "" ? NaN : Number(text.trim().replace(MINUS, "-").replace(/^([^.]*),([^.,]*)$/, "$1.$2"));

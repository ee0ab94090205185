// Addresses that open a scene, or two runs beside each other.

/** Two runs: each with its scene, trained from its beginning for so many epochs; the first is kept to compare. */
export interface Pair { kept: unknown; keptEpochs: number; now: unknown; epochs: number }

export function encoded(scene: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(scene));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function decoded(text: string): unknown {
  const bytes = Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

const page = (): string => `${location.origin}${location.pathname}`;
export const addressOf = (scene: unknown): string => `${page()}#scene=${encoded(scene)}`;
export const addressOfPair = ({ kept, keptEpochs, now, epochs }: Pair): string =>
  `${page()}#scene=${encoded(now)}&epochs=${epochs}&kept=${encoded(kept)}&trained=${keptEpochs}`;

/** What an address asks for; nothing where it was cut off. */
export function asked(hash: string): { scene?: unknown; pair?: Pair } {
  const found = /^#scene=([\w-]+)(?:&epochs=(\d{1,6})&kept=([\w-]+)&trained=(\d{1,6}))?$/.exec(hash);
  if (!found) return {};
  try {
    const [, scene, epochs, kept, trained] = found;
    if (!kept) return { scene: decoded(scene) };
    const pair = { kept: decoded(kept), keptEpochs: Number(trained), now: decoded(scene), epochs: Number(epochs) };
    return { scene: pair.kept, pair };
  } catch {
    return {};
  }
}

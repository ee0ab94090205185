// While training runs, not all is redrawn with each frame: nobody reads numbers that change thirty times a second.
import type { Store } from "./store";

const REST = 6; // times what drawing took, before it is done again

/** Draws at once while training rests; else so many milliseconds after the last time, and later if that was slow. */
export function paced(store: Store, least: number | (() => number), draw: () => void): () => void {
  let next = 0;
  return () => {
    const began = performance.now();
    if (store.running && began < next) return;
    draw();
    next = began + Math.max(typeof least === "number" ? least : least(), REST * (performance.now() - began));
  };
}

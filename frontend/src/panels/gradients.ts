// How large the gradient of each layer is, on a logarithmic scale: where it vanishes or explodes.
import type { App } from "../client";
import { h, say } from "../dom";
import { short } from "../numbers";
import { paced } from "../pace";
import { words } from "../words";

const LEAST = -8, MOST = 2; // powers of ten
const EVERY = 200; // milliseconds

export function gradientsPanel({ store }: App): HTMLElement {
  const list = h("ol", { class: "gn-gradients" });
  let bars: { bar: HTMLElement; value: HTMLElement }[] = [];
  store.on("scene", () => {
    bars = store.reader!.dense.map(() => ({ bar: h("span", { class: "gn-bar" }), value: h("output") }));
    list.replaceChildren(...bars.map(({ bar, value }, k) =>
      h("li", {}, h("span", {}, k < store.depth - 1 ? words.hiddenShort(k + 1) : words.outputHead), h("span", { class: "gn-track" }, bar), value)));
  });
  store.on("frame", paced(store, EVERY, () => {
    store.frame!.header.gradient_norms.forEach((norm, k) => {
      if (!bars[k]) return;
      const share = norm > 0 ? (Math.log10(norm) - LEAST) / (MOST - LEAST) : 0;
      bars[k].bar.style.width = `${100 * Math.max(0, Math.min(1, share))}%`;
      say(bars[k].value, short(norm));
    });
  }));
  return h("section", { "aria-label": words.gradients }, h("h2", {}, words.gradients), list);
}

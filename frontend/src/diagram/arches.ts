// Ways around layers: what enters a residual layer goes over it, and is added to what comes out.
import { s } from "../dom";
import type { Store } from "../store";
import { words } from "../words";
import type { Geometry } from "./geometry";

export function drawArches(into: SVGGElement, plan: Geometry, store: Store): void {
  const name = (depth: number): string => (depth < 0 ? words.inputs : depth < store.depth - 1 ? words.layer(depth + 1) : words.outputHead);
  into.replaceChildren(...plan.arches.map(({ from, to, path, at: [x, y] }) =>
    s("g", { class: "gn-arch", role: "img", "aria-label": words.wayAround(name(from), name(to)) }, s("title", {}, words.wayAround(name(from), name(to))),
      s("path", { d: path }), s("circle", { cx: x, cy: y, r: 8 }), s("path", { d: `M${x - 4} ${y}h8M${x} ${y - 4}v8` }))));
}

// Lessons: short guided tours beside the network; each step can set the scene up or point at a part of the page.
import type { App } from "../client";
import { button, h, say } from "../dom";
import { rendered } from "../markdown";
import { unitNamed } from "../names";
import { words } from "../words";

export function lessonPanel(app: App): HTMLElement {
  const { store, client, root } = app;
  const title = h("h2"), text = h("div", { class: "gn-lesson-text" }), place = h("span");
  const back = button(words.previousStep, () => show(at - 1)), next = button(words.nextStep, () => show(at + 1));
  const section = h("section", { class: "gn-lesson", hidden: true }, h("div", { class: "gn-bar-top" }, title,
    button("×", () => { section.hidden = true; }, { "aria-label": words.closeLesson })), text, h("div", { class: "gn-buttons" }, back, place, next));
  let steps: string[] = [], at = 0;

  function show(step: number): void {
    at = Math.max(0, Math.min(steps.length - 1, step));
    text.replaceChildren(...rendered(steps[at], act));
    back.disabled = at === 0;
    next.disabled = at === steps.length - 1;
    say(place, words.stepOf(at + 1, steps.length));
  }

  function act(address: string): void {
    if (address.startsWith("#try:")) {
      const { do: name, ...given } = JSON.parse(address.slice(5)) as { do: string };
      client.do(name, given);
    } else if (address.startsWith("#show:")) point(decodeURIComponent(address.slice(6)).split(" "));
  }

  function point([kind, first, second]: string[]): void {
    const from = unitNamed(store, first), to = second ? unitNamed(store, second) : null;
    if (kind === "weight" && from && to) store.select({ kind: "weight", depth: to.depth, from: from.unit, to: to.unit });
    else if (from && kind === "bias") store.select({ kind: "bias", depth: from.depth, unit: from.unit });
    else if (from) store.select({ kind: "unit", depth: from.depth, unit: from.unit });
  }

  root.addEventListener("gn-lesson", async (event) => {
    try {
      const { message } = await client.ask("lesson", { name: (event as CustomEvent<string>).detail });
      say(title, message.title as string);
      steps = (message.markdown as string).split(/^---$/m).map((each) => each.trim()).filter(Boolean);
      section.hidden = false;
      show(0);
      section.scrollIntoView({ block: "nearest" });
    } catch { /* shown already */ }
  });
  return section;
}

// An expression that somebody types, as a graph: values forward and gradients back, one step at a time.
import type { App } from "../client";
import { graph, type Graph } from "../diagram/graph";
import { button, freshId, h, say, setAttribute } from "../dom";
import { select } from "../fields";
import { explained } from "../html";
import type { TapeAnswer } from "../messages";
import { words } from "../words";

const OWN = ""; // the choice where the text is no example

export function tapeTab({ store, client }: App): { body: HTMLElement; shown: () => void } {
  const id = freshId(), place = h("div");
  const text = h("textarea", { id, rows: 5, spellcheck: "false", autocapitalize: "off", autocomplete: "off", onkeydown: (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    void draw();
  }, oninput: () => examples.show(OWN) });
  const examples = select(words.tapeExamples, (title) => {
    const chosen = store.choices?.tapes?.find((each) => each.title === title);
    if (chosen) take(chosen.text);
  });

  function take(example: string): void {
    text.value = example;
    setAttribute(text, "rows", String(Math.max(4, example.split("\n").length + 1)));
    void draw();
  }

  async function draw(): Promise<void> {
    try {
      const { message } = await client.ask("tape", { text: text.value });
      place.replaceChildren(stepped(message as unknown as TapeAnswer));
    } catch (fault) {
      place.replaceChildren(); // the graph of another expression would be taken for one of this
      point((fault as Error).message);
    }
  }

  /** The error is shown already; the cursor goes to the place that it names. */
  function point(fault: string): void {
    const found = /^(?:line (\d+), )?column (\d+):/.exec(fault);
    if (!found) return;
    const before = text.value.split("\n").slice(0, Number(found[1] ?? 1) - 1);
    const at = before.reduce((sum, line) => sum + line.length + 1, Number(found[2]) - 1);
    text.focus();
    text.setSelectionRange(at, at);
  }

  store.on("choices", () => {
    examples.offer([{ value: OWN, text: words.tapeOwn }, ...(store.choices?.tapes ?? []).map(({ title }) => ({ value: title, text: title }))]);
  });
  return {
    shown: () => {
      const first = store.choices?.tapes?.[0];
      if (!first || text.value) return;
      examples.show(first.title);
      take(first.text);
    },
    body: h("div", { class: "gn-tab" }, h("p", { class: "gn-hint" }, words.tapeHelp), examples.element,
      h("form", { class: "gn-tape-text", onsubmit: (event: Event) => { event.preventDefault(); void draw(); } },
        h("label", { for: id }, words.tapeText), text, h("div", { class: "gn-buttons" }, h("button", {}, words.tapeDraw), h("span", { class: "gn-hint" }, words.tapeTextHelp))), place),
  };
}

/** The graph with its buttons; the arrow keys do what these do. */
function stepped({ nodes, steps }: TapeAnswer): HTMLElement {
  const drawn: Graph = graph(nodes, (name) => {
    const back = at > forward, found = steps.findIndex((step) => step.name === name && step.back === back);
    if (found >= 0) show(found + 1); // an argument has no step forward, and some arrays have no gradient
  });
  const forward = steps.filter((step) => !step.back).length;
  let at = 0;
  const where = h("p", { class: "gn-verdict", role: "status" }), detail = h("div", { class: "gn-tape-step" });
  const goals = [() => 0, () => at - 1, () => at + 1, () => steps.length];
  const buttons = words.tapeButtons.map((text, k) => button(text, () => show(goals[k]()), { "aria-label": words.tapeButton(text) }));

  function show(step: number): void {
    at = Math.max(0, Math.min(steps.length, step));
    const done = steps.slice(0, at), now = done.at(-1);
    drawn.show(done, now);
    say(where, now ? words.tapeAt(at, steps.length, now.back, now.text) : words.tapeBegin);
    detail.replaceChildren(...(now ? [explained(now.html)] : []));
    buttons.forEach((each, k) => setAttribute(each, "aria-disabled", (k < 2 ? at === 0 : at === steps.length) ? "true" : undefined));
  }

  const element = h("div", { class: "gn-tape", onkeydown: (event: KeyboardEvent) => {
    const goal = goals[["Home", "ArrowLeft", "ArrowRight", "End"].indexOf(event.key)];
    if (!goal || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    show(goal());
  } }, h("div", { class: "gn-buttons" }, h("div", { class: "gn-group", role: "group", "aria-label": words.tapeSteps }, ...buttons)), drawn.element, where, detail);
  show(0);
  return element;
}

// Practice: a number of a training step is hidden; the learner types it and is told what was wrong, or shown how it is found.
import type { App } from "../client";
import { button, h } from "../dom";
import { select } from "../fields";
import { explained } from "../html";
import type { Question, Solution, Verdict } from "../messages";
import { exact, typed } from "../numbers";
import { words } from "../words";

const ANY = "any";

export function practiceTab({ store, client }: App): HTMLElement {
  const place = h("div");
  let kind = ANY;
  const kinds = select(words.exercise, (value) => { kind = value; });
  store.on("choices", () => {
    kinds.offer([{ value: ANY, text: words.anyExercise }, ...(store.choices?.practice ?? []).map(({ name, title }) => ({ value: name, text: title }))]);
    kinds.show(kind);
  });
  const ask = button(words.newQuestion, async () => {
    try {
      const { message } = await client.ask("practice", { ask: true, kind });
      place.replaceChildren(...form(message.question as Question));
    } catch { /* shown already */ }
  });

  function form({ id, text, html, given = [] }: Question): Node[] {
    const input = h("input", { type: "text", inputmode: "decimal", size: 12, "aria-label": words.yourAnswer, placeholder: words.yourAnswer });
    const told = h("p", { role: "status", class: "gn-verdict" }), derived = h("div", { class: "gn-derivation" });
    const derive = ({ derivation = [] }: { derivation?: string[] }): void =>
      derived.replaceChildren(...(derivation.length ? [h("h3", {}, words.derivation), ...derivation.map((line) => h("p", {}, line))] : []));
    const check = async (event: Event): Promise<void> => {
      event.preventDefault();
      const answer = typed(input.value);
      if (Number.isNaN(answer)) return void (told.textContent = words.needsNumber(words.yourAnswer, input.value));
      try {
        const { message } = await client.ask("practice", { question: id, answer });
        told.textContent = (message as unknown as Verdict).text;
        derive(message as unknown as Verdict);
      } catch { /* shown already */ }
    };
    const solve = async (): Promise<void> => {
      try {
        const { message } = await client.ask("practice", { question: id, solve: true });
        told.textContent = words.answerIs(exact((message as unknown as Solution).value));
        derive(message as unknown as Solution);
      } catch { /* shown already */ }
    };
    return [
      html ? explained(html) : h("p", {}, text),
      h("table", { class: "gn-factors" }, h("tbody", {}, ...given.map(({ name, value }) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, exact(value)))))),
      h("form", { class: "gn-inline", onsubmit: check }, input, h("button", {}, words.answer), button(words.showAnswer, () => void solve())), told, derived,
    ];
  }

  return h("div", { class: "gn-tab" }, h("p", { class: "gn-hint" }, words.practiceHelp), h("div", { class: "gn-buttons" }, kinds.element, ask), place);
}

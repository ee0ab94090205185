// Practice: a number of the backward pass is hidden; the learner types it and is told which factor was wrong.
import type { App } from "../client";
import { button, h } from "../dom";
import { explained } from "../html";
import type { Question, Verdict } from "../messages";
import { exact, typed } from "../numbers";
import { words } from "../words";

export function practiceTab({ client }: App): HTMLElement {
  const place = h("div");
  const ask = button(words.newQuestion, async () => {
    try {
      const { message } = await client.ask("practice", { ask: true });
      place.replaceChildren(...form(message.question as Question));
    } catch { /* shown already */ }
  });

  function form({ id, text, html, given = [] }: Question): Node[] {
    const input = h("input", { type: "text", inputmode: "decimal", size: 12, "aria-label": words.yourAnswer, placeholder: words.yourAnswer });
    const told = h("p", { role: "status", class: "gn-verdict" });
    const check = async (event: Event): Promise<void> => {
      event.preventDefault();
      const answer = typed(input.value);
      if (Number.isNaN(answer)) return void (told.textContent = words.needsNumber(words.yourAnswer, input.value));
      try {
        const { message } = await client.ask("practice", { question: id, answer });
        told.textContent = (message as unknown as Verdict).text;
      } catch { /* shown already */ }
    };
    return [
      html ? explained(html) : h("p", {}, text),
      h("table", { class: "gn-factors" }, h("tbody", {}, ...given.map(({ name, value }) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, exact(value)))))),
      h("form", { class: "gn-inline", onsubmit: check }, input, h("button", {}, words.answer)), told,
    ];
  }

  return h("div", { class: "gn-tab" }, h("p", { class: "gn-hint" }, words.practiceHelp), ask, place);
}

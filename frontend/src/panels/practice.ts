// Practice: the gradient of one weight for one row is hidden; the learner multiplies the factors, and is told which was forgotten.
import type { App } from "../client";
import { button, h } from "../dom";
import type { WhyAnswer } from "../messages";
import { weightName } from "../names";
import { exact, typed } from "../numbers";
import { words } from "../words";

const CLOSE = 0.01; // of the answer: rounding of the factors is no mistake

interface Question { name: string; row: number; factors: { name: string; value: number }[]; product: number }

export const close = (a: number, b: number): boolean => Math.abs(a - b) <= CLOSE * Math.max(Math.abs(b), 1e-12) + 1e-9;

/** What is wrong with an answer, as far as it can be seen: its sign, or a factor that was left out. */
export function verdict({ factors, product }: Question, answer: number): string {
  if (close(answer, product)) return words.right;
  if (close(-answer, product)) return words.wrongSign;
  for (const { name, value } of factors) if (value !== 0 && close(answer, product / value)) return words.wrongFactor(name);
  return words.tryAgain;
}

export function practiceTab(app: App): HTMLElement {
  const place = h("div");
  const ask = button(words.newQuestion, async () => {
    try { place.replaceChildren(...form(await draw(app))); } catch { /* shown already */ }
  });
  return h("div", { class: "gn-tab" }, h("p", { class: "gn-hint" }, words.practiceHelp), ask, place);
}

const any = (count: number): number => Math.floor(Math.random() * count);

/** A weight and a row whose gradient is not nearly nothing. */
async function draw({ store, client }: App): Promise<Question> {
  let question: Question | null = null;
  for (let attempt = 0; attempt < 8; attempt++) {
    const depth = any(store.depth), layer = store.reader!.dense[depth];
    const [from, to, row] = [any(store.reader!.inputs(depth)), any(layer.units), any(Math.min(64, store.rows?.shown ?? 1))];
    const { message } = await client.ask("why", { layer: layer.index, parameter: "W", index: [from, to], row });
    const { factors, products } = message as unknown as WhyAnswer;
    question = { name: weightName(store, depth, from, to), row, product: products[0], factors: factors.map(({ name, values }) => ({ name, value: values[0] })) };
    if (Math.abs(question.product) > 1e-4) break;
  }
  return question!;
}

function form(question: Question): Node[] {
  const input = h("input", { type: "text", inputmode: "decimal", size: 12, "aria-label": words.yourAnswer, placeholder: words.yourAnswer });
  const told = h("p", { role: "status", class: "gn-verdict" });
  return [
    h("p", {}, words.practiceAsk(question.name, question.row)),
    h("table", { class: "gn-factors" }, h("tbody", {}, ...question.factors.map(({ name, value }) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, exact(value)))))),
    h("form", { class: "gn-inline", onsubmit: (event: Event) => {
      event.preventDefault();
      const answer = typed(input.value);
      told.textContent = Number.isNaN(answer) ? words.needsNumber(words.yourAnswer, input.value) : verdict(question, answer);
    } }, input, h("button", {}, words.answer), button(words.showIt, () => { told.textContent = words.wrong(exact(question.product)); })),
    told,
  ];
}

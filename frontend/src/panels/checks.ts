// The gradient check and the diagnosis, in the library's own words.
import type { App } from "../client";
import { button, h, inSight } from "../dom";
import { explained } from "../html";
import type { CheckAnswer, Finding } from "../messages";
import { words } from "../words";

function asking(title: string, ask: () => Promise<Node[]>): { body: HTMLElement; run: () => void } {
  const found = h("div");
  const run = async (): Promise<void> => {
    press.disabled = true;
    try { found.replaceChildren(...await ask()); inSight(press); } catch { /* shown already */ } finally { press.disabled = false; }
  };
  const press = button(title, () => void run());
  return { body: h("div", { class: "gn-tab" }, press, found), run: () => void run() };
}

export function checkTab({ client, root }: App): HTMLElement {
  const { body, run } = asking(words.runCheck, async () => {
    const { message } = await client.ask("check");
    return [explained((message as unknown as CheckAnswer).html)];
  });
  root.addEventListener("gn-check", run);
  return body;
}

export function diagnoseTab({ client }: App): HTMLElement {
  return asking(words.runDiagnose, async () => {
    const { message } = await client.ask("diagnose");
    const findings = message.findings as Finding[];
    if (!findings.length) return [h("p", {}, words.noFindings)];
    return findings.map(({ title, text, severity }) => h("div", { class: `gn-finding gn-${severity}` }, h("h3", {}, title), h("p", {}, text)));
  }).body;
}

// Questions: about a weight, a bias or a unit; about a row; the gradient check; problems; practice; the tape.
import type { App } from "../client";
import { h, setAttribute, freshId } from "../dom";
import { words } from "../words";
import { checkTab, diagnoseTab } from "./checks";
import { practiceTab } from "./practice";
import { rowTab } from "./row";
import { tapeTab } from "./tape";
import { whyTab } from "./why";

export interface Tab { title: string; body: HTMLElement; shown?: () => void }

export function askPanel(app: App): HTMLElement {
  const tabs: Tab[] = [
    { title: words.ask, body: whyTab(app) }, { title: words.row, body: rowTab(app) }, { title: words.check, body: checkTab(app) },
    { title: words.diagnose, body: diagnoseTab(app) }, { title: words.practice, body: practiceTab(app) },
    { title: words.tape, ...tapeTab(app) },
  ];
  const buttons = tabs.map(({ title, body }, k) => {
    body.id = freshId();
    setAttribute(body, "role", "tabpanel");
    const button = h("button", { type: "button", role: "tab", id: freshId(), "aria-controls": body.id, onclick: () => show(k), onkeydown: (event: KeyboardEvent) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      const next = (k + by + tabs.length) % tabs.length;
      show(next);
      buttons[next].focus();
      event.preventDefault();
    } }, title);
    setAttribute(body, "aria-labelledby", button.id);
    return button;
  });

  function show(at: number): void {
    tabs.forEach(({ body }, k) => {
      body.hidden = k !== at;
      setAttribute(buttons[k], "aria-selected", String(k === at));
      setAttribute(buttons[k], "tabindex", k === at ? "0" : "-1");
    });
    tabs[at].shown?.();
  }
  show(0);
  app.store.on("selection", () => { if (app.store.selection) show(0); });
  app.store.on("row", () => show(1));
  app.root.addEventListener("gn-check", () => show(2));
  return h("section", { class: "gn-ask", "aria-label": words.ask }, h("div", { role: "tablist", "aria-label": words.ask }, ...buttons), ...tabs.map((each) => each.body));
}

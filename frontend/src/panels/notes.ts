// Messages: seen on the page, heard from a polite live region that speaks at most once a second.
import type { Note } from "../client";
import { button, h } from "../dom";
import { words } from "../words";

const SPEAKS_EVERY = 1000, NOTES_STAY = 8000, MOST = 4; // milliseconds, milliseconds, notes

export function notes(): { element: HTMLElement; note: Note; announce: (text: string) => void } {
  const list = h("div", { class: "gn-notes", role: "region", "aria-label": words.messages });
  const live = h("div", { class: "gn-unseen", role: "status", "aria-live": "polite" });
  let waiting = "", spoken = 0, timer = 0;

  function announce(text: string): void {
    waiting = text;
    if (timer) return;
    timer = window.setTimeout(() => {
      timer = 0;
      spoken = performance.now();
      live.textContent = waiting;
    }, Math.max(0, SPEAKS_EVERY - (performance.now() - spoken)));
  }

  const note: Note = (text, kind = "note", action) => {
    const said = h("p", {}, text);
    const element = h("div", { class: `gn-note gn-${kind}` }, said,
      ...(action ? [button(action.text, () => { action.press(); element.remove(); })] : []),
      button("×", () => element.remove(), { "aria-label": words.dismiss }));
    list.append(element);
    while (list.children.length > MOST) list.firstElementChild!.remove();
    if (kind === "note" && !action) setTimeout(() => element.remove(), NOTES_STAY);
    announce(text);
  };
  return { element: h("div", {}, list, live), note, announce };
}

// Single keys for what is done again and again, unless one is typing; they can be switched off.
import type { App } from "./client";
import { button, h } from "./dom";
import { words } from "./words";

export function keys({ store, client, root }: App): HTMLElement {
  const actions: Record<string, () => void> = {
    " ": () => client.do(store.running ? "pause" : "run"),
    ".": () => client.do("move", { by: 1, unit: "step" }),
    ",": () => client.do("move", { by: -1, unit: "step" }),
    e: () => client.do("move", { by: 1, unit: "epoch" }),
    u: () => client.do("undo"),
    g: () => root.dispatchEvent(new CustomEvent("gn-check")),
  };
  const on = h("input", { type: "checkbox", checked: true });
  const dialog = h("dialog", { class: "gn-help", "aria-label": words.help }, h("h2", {}, words.help),
    h("dl", {}, ...words.shortcuts.flatMap(([key, does]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, does)])),
    h("label", {}, on, words.shortcutsOn), button(words.close, () => dialog.close()));
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    const typing = target.closest?.("input, select, textarea, summary, dialog, [contenteditable]") || (event.key === " " && target.closest?.("button, [role=button], [role=tab]"));
    if (!on.checked || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target !== document.body && !root.contains(target)) return; // another cell of a notebook
    const action = actions[event.key];
    if (!action || !store.open) return;
    event.preventDefault();
    action();
  });
  return h("div", {}, button(words.help, () => dialog.showModal()), dialog);
}

// A file dropped anywhere on the page is opened as a table.
import type { App } from "../client";
import { h } from "../dom";
import { words } from "../words";
import { openFile } from "./data";

export function dropFiles(app: App): HTMLElement {
  const sign = h("div", { class: "gn-drop", hidden: true }, words.dropHere);
  const { root } = app;
  const carries = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
  root.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    sign.hidden = false;
  });
  root.addEventListener("dragleave", (event) => { if (!root.contains(event.relatedTarget as Node | null)) sign.hidden = true; });
  root.addEventListener("drop", (event) => {
    sign.hidden = true;
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    void openFile(app, file);
  });
  return sign;
}

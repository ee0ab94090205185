// Take away: the code, the model, the scene, each export; an address that restores the scene.
import type { App } from "../client";
import { button, h } from "../dom";
import { select } from "../fields";
import { words } from "../words";

export function takePanel(app: App): HTMLElement {
  const { store, client, note } = app;
  const list = h("div", { class: "gn-take" });
  const lessons = select(words.lessons, (name) => { if (name) app.root.dispatchEvent(new CustomEvent("gn-lesson", { detail: name })); });

  async function take(what: string): Promise<void> {
    try {
      const { message, buffers } = await client.ask("take", { what });
      const address = URL.createObjectURL(new Blob([buffers[0] as Uint8Array<ArrayBuffer>], { type: message.mime as string }));
      h("a", { href: address, download: message.name }).click();
      URL.revokeObjectURL(address);
    } catch { /* shown already */ }
  }

  async function copyAddress(): Promise<void> {
    const bytes = new TextEncoder().encode(JSON.stringify(store.scene));
    const text = btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
    const address = `${location.origin}${location.pathname}#scene=${text}`;
    try {
      await navigator.clipboard.writeText(address);
      note(words.copied);
    } catch { note(address); } // where the clipboard is closed, the address itself
  }

  store.on("choices", () => {
    const { lessons: known = [], exports = [] } = store.choices!;
    lessons.element.hidden = known.length === 0;
    lessons.offer([{ value: "", text: words.chooseLesson }, ...known.map(({ name, title, minutes }) => ({ value: name, text: words.lessonMinutes(title, minutes) }))]);
    list.replaceChildren(...exports.flatMap(({ what, title, missing }): HTMLElement[] => {
      const given = { disabled: !!missing, title: missing ?? undefined };
      if (!what.startsWith("figure:")) return [button(words.exportTitles[what] ?? title, () => void take(what), given)];
      return [h("div", { class: "gn-figure" }, h("span", {}, title), ...["svg", "png"].map((ending) =>
        button(ending.toUpperCase(), () => void take(`${what}.${ending}`), { ...given, "aria-label": `${title}, ${ending.toUpperCase()}` })))];
    }),
      button(words.address, () => void copyAddress()));
  });
  return h("div", { class: "gn-menu" }, lessons.element, h("details", {}, h("summary", {}, words.take), list));
}

// Take away: the code, the model, the scene, each export; an address that restores the scene.
import { addressOf } from "../address";
import type { App, Note } from "../client";
import { button, h } from "../dom";
import { select } from "../fields";
import { words } from "../words";

const KEPT = 60_000; // milliseconds, in which a browser begins to save a file

export function takePanel(app: App): HTMLElement {
  const { store, client, note } = app;
  const list = h("div", { class: "gn-take" });
  const lessons = select(words.lessons, (name) => { if (name) app.root.dispatchEvent(new CustomEvent("gn-lesson", { detail: name })); });

  async function take(what: string): Promise<void> {
    try {
      const { message, buffers } = await client.ask("take", { what });
      const address = URL.createObjectURL(new Blob([buffers[0] as Uint8Array<ArrayBuffer>], { type: message.mime as string }));
      h("a", { href: address, download: message.name }).click();
      setTimeout(() => URL.revokeObjectURL(address), KEPT);
    } catch { /* shown already */ }
  }

  store.on("choices", () => {
    const { lessons: known = [], exports = [] } = store.choices!;
    lessons.element.hidden = known.length === 0;
    lessons.offer([{ value: "", text: words.chooseLesson }, ...known.map(({ name, title, minutes }) => ({ value: name, text: words.lessonMinutes(title, minutes) }))]);
    list.replaceChildren(...exports.flatMap(({ what, title, missing }): HTMLElement[] => {
      const given = { disabled: !!missing, title: missing ?? undefined };
      if (!what.startsWith("figure:")) return [button(words.exportTitles[what] ?? title, () => void take(what), given)];
      return [h("div", { class: "gn-figure", "data-what": what }, h("span", {}, title), ...["svg", "png"].map((ending) =>
        button(ending.toUpperCase(), () => void take(`${what}.${ending}`), { ...given, "aria-label": `${title}, ${ending.toUpperCase()}` })))];
    }),
      button(words.address, () => void copied(addressOf(store.scene), note)));
  });
  store.on(["choices", "scene"], () => {
    const regions = list.querySelector<HTMLElement>("[data-what='figure:regions']");
    if (regions && store.shapes) regions.hidden = store.shapes.task === "number" || store.shapes.features.length < 2; // there are none
  });
  return h("div", { class: "gn-menu" }, lessons.element, h("details", {}, h("summary", {}, words.take), list));
}

/** Into the clipboard; where that is closed, the address itself is shown. */
export async function copied(address: string, note: Note): Promise<void> {
  try {
    await navigator.clipboard.writeText(address);
    note(words.copied);
  } catch { note(address); }
}

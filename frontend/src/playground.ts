// The view of a playground: `render({ model, el })`, as anywidget calls it in notebooks and page.ts in the page.
import { type App, Client } from "./client";
import { onTheme } from "./colours";
import { h } from "./dom";
import { keys } from "./keys";
import { type Model, linkOf } from "./link";
import { percent, short } from "./numbers";
import { Store } from "./store";
import { askPanel } from "./panels/ask";
import { comparePanel } from "./panels/compare";
import { curvesPanel } from "./panels/curves";
import { dataPanel } from "./panels/data";
import { digitsPanel } from "./panels/digits";
import { dropFiles } from "./panels/drop";
import { gradientsPanel } from "./panels/gradients";
import { lessonPanel } from "./panels/lessons";
import { networkPanel } from "./panels/network";
import { notes } from "./panels/notes";
import { player, whereTrainingIs } from "./panels/player";
import { qualityPanel } from "./panels/quality";
import { regionsPanel } from "./panels/regions";
import { takePanel } from "./panels/take";
import { trainingPanel } from "./panels/training";
import { words } from "./words";

const SAY_EVERY = 10_000; // milliseconds, while training runs

function render({ model, el }: { model: Model; el: HTMLElement }): void {
  const store = new Store();
  const { element: told, note, announce } = notes();
  const root = h("div", { class: "gn-playground" });
  const app: App = { store, client: new Client(linkOf(model), store, note, model.scene), note, announce, root };
  root.append(
    h("header", {}, h("h1", {}, words.title), whereTrainingIs(app), h("div", { class: "gn-tools" }, takePanel(app), keys(app)), player(app)),
    told,
    h("main", {},
      h("div", { class: "gn-left" }, lessonPanel(app), dataPanel(app), trainingPanel(app)),
      h("div", { class: "gn-middle" }, networkPanel(app), askPanel(app)),
      h("div", { class: "gn-right" }, regionsPanel(app), digitsPanel(app), curvesPanel(app), comparePanel(app, model.pair), gradientsPanel(app), qualityPanel(app))),
    dropFiles(app));
  el.replaceChildren(root);
  sayWhereTrainingIs(app);
  sayWhetherLinked(app);
  onTheme(() => store.tell("theme"));
}

function sayWhereTrainingIs({ store, announce }: App): void {
  let running = false, said = 0;
  store.on("frame", () => {
    const { header } = store.frame!;
    const paused = !header.running && running;
    running = header.running;
    if (!paused && !(running && performance.now() - said > SAY_EVERY)) return;
    said = performance.now();
    const [name] = Object.keys(header.metrics);
    const metric = name && header.metrics[name] !== null ? `, ${name} ${/accuracy/.test(name) ? percent(header.metrics[name]!) : short(header.metrics[name])}` : "";
    announce(words.said(header.step, short(header.loss ?? header.batch_loss), metric));
  });
}

function sayWhetherLinked({ store, note, root }: App): void {
  let was = false;
  const sign = h("p", { class: "gn-lost", role: "alert", hidden: true }, words.linkLostHelp);
  root.prepend(sign);
  store.on("link", () => {
    sign.hidden = store.open;
    root.classList.toggle("gn-closed", !store.open);
    if (store.open && was) note(words.linkBack);
    was = true;
  });
}

export default { render };

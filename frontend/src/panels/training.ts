// How it is trained: each choice with the settings that the library gives it.
import type { App } from "../client";
import { h } from "../dom";
import { type Choice, choicesOf, number, select } from "../fields";
import { type Described, type Named, type TrainingOfScene, nameOf, settingsOf } from "../messages";
import { words } from "../words";

export function trainingPanel(app: App): HTMLElement {
  const { store, client } = app;
  const training = (change: Partial<TrainingOfScene>): void => client.set({ training: change });
  const beginning = (): Record<string, unknown> => { // a schedule begins at the rate that is set
    const rate = store.asked!.training.optimizer.learning_rate;
    return rate === undefined ? {} : { value: rate };
  };
  const refused = (what: string) => (got: string): void => app.note(words.needsNumber(what, got), "error");
  const loss = select(words.loss, (name) => training({ loss: name }));
  const optimizer = described(app, words.optimizer, () => store.choices!.optimizers, (optimizer) => training({ optimizer: optimizer! }));
  const batch = number(words.batch, (batch_size) => training({ batch_size }), refused(words.batch));
  const penalty = described(app, words.penalty, () => store.choices!.penalties, (penalty) => training({ penalty }), words.none);
  const schedule = described(app, words.schedule, () => store.choices!.schedules, (schedule) => training({ schedule: schedule && { ...beginning(), ...schedule } }), words.none);
  const initializer = select(words.initializer, (name) => training({ initializer: name || null }));
  const seed = number(words.seed, (value) => training({ seed: value }), refused(words.seed));

  store.on(["scene", "choices", "asked"], () => {
    if (!store.asked || !store.choices) return;
    const { training: now } = store.asked;
    const losses = choicesOf(store.shapes!.losses);
    loss.offer(now.loss === null ? [{ value: "", text: words.auto }, ...losses] : losses);
    loss.show(now.loss ?? "");
    optimizer.show(now.optimizer);
    batch.show(now.batch_size);
    penalty.show(now.penalty);
    schedule.show(now.schedule);
    initializer.offer(choicesOf(store.choices.initializers, words.auto));
    initializer.show(now.initializer ?? "");
    seed.show(now.seed);
  });
  return h("section", { "aria-label": words.training }, h("h2", {}, words.training), loss.element, optimizer.element, batch.element,
    penalty.element, schedule.element, initializer.element, seed.element);
}

/** A choice by name and, below it, a field for each of its settings that is a number. */
function described(app: App, label: string, known: () => Named[], changed: (value: Described | null) => void, none?: string): { element: HTMLElement; show: (value: Described | null) => void } {
  let now: Described | null = null, drawn = "";
  const choice = select(label, (name) => changed(name ? { name, ...carried(name) } : null));
  const settings = h("div", { class: "gn-settings" });
  let fields: { name: string; show: (value: number | null) => void }[] = [];

  /** The learning rate stays when the rule changes. */
  function carried(name: string): Record<string, unknown> {
    const rate = now?.learning_rate;
    const takes = settingsOf(known().find((each) => nameOf(each) === name)).some((each) => each.name === "learning_rate");
    return takes && rate !== undefined ? { learning_rate: rate } : {};
  }

  function draw(name: string): void {
    const numeric = settingsOf(known().find((each) => nameOf(each) === name)).filter((each) => typeof each.default === "number" || each.default === null);
    fields = numeric.map((setting) => {
      const title = setting.name.replaceAll("_", " ");
      const field = number(title, (value) => changed({ ...now!, [setting.name]: value }), (got) => app.note(words.needsNumber(title, got), "error"));
      settings.append(field.element);
      return { name: setting.name, show: (value) => field.show(value ?? (setting.default as number | null)) };
    });
  }

  return {
    element: h("div", {}, choice.element, settings),
    show(value) {
      now = value;
      const offered: Choice[] = choicesOf(known(), none);
      if (value && !offered.some((each) => each.value === value.name)) offered.push({ value: value.name, text: value.name });
      choice.offer(offered);
      choice.show(value?.name ?? "");
      if ((value?.name ?? "") !== drawn) {
        drawn = value?.name ?? "";
        settings.replaceChildren();
        if (drawn) draw(drawn);
      }
      for (const field of fields) field.show((value?.[field.name] ?? null) as number | null);
    },
  };
}

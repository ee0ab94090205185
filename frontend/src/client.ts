// Sends commands and hands each answer to whoever asked; takes the server's events into the store.
import { Frame, floats } from "./frame";
import type { Buffers, Link } from "./link";
import type { Choices, EndedEvent, FrameEvent, Message, NoteEvent, RowsEvent, SceneChange, SceneEvent } from "./messages";
import type { Store, View } from "./store";
import { words } from "./words";

export type Note = (text: string, kind?: NoteEvent["kind"], action?: { text: string; press: () => void }) => void;
export interface Answer { message: Message; buffers: Buffers }

export class Client {
  private number = 0;
  private readonly waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (fault: Error) => void }>();
  private frameWaits = false;
  private session: unknown;

  constructor(private readonly link: Link, private readonly store: Store, private readonly note: Note, private readonly scene: unknown) {
    link.onMessage((message, buffers) => this.receive(message, buffers));
    link.onState((state) => (state === "open" ? void this.hello() : this.lost()));
  }

  /** The answer to a command; a refusal is shown and thrown. */
  async ask(name: string, given: Message = {}, buffers: Buffers = []): Promise<Answer> {
    const id = ++this.number;
    const answer = new Promise<Answer>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    this.link.send({ do: name, id, ...given }, buffers);
    return answer;
  }

  /** A command whose effect comes as an event. */
  do(name: string, given: Message = {}, buffers: Buffers = []): void {
    this.ask(name, given, buffers).catch(() => undefined); // shown already
  }

  /** Another scene, from its beginning. */
  async begin(scene: unknown): Promise<void> { await this.ask("hello", { protocol: 1, scene }); }

  set(change: SceneChange): void { void this.change(change, "set", { change }); }

  /** A command that changes the scene: until the answer comes the controls show what was asked for, after a refusal what is so. */
  async change(change: SceneChange, name: string, given: Message, buffers: Buffers = []): Promise<void> {
    const { changes } = this.store;
    changes.push(change);
    this.store.tell("asked");
    const taken = await this.ask(name, given, buffers).then(() => true, () => false);
    changes.splice(changes.indexOf(change), 1);
    if (!taken) this.store.tell("scene");
  }

  /** What the next frames hold: all of it is said each time. */
  view(change: Partial<View> = {}): void {
    Object.assign(this.store.view, change);
    this.do("view", { ...this.store.view });
  }

  /** The scene in the address counts once; a server that was started anew is given the scene that was here. */
  private async hello(): Promise<void> {
    const known = this.session, before = this.store.scene, view = { ...this.store.view };
    let message = await this.greeted(known === undefined ? this.scene : undefined);
    if (known !== undefined && message.session !== known && before) message = await this.greeted(before);
    this.session = message.session;
    this.store.choices = message.choices as Choices;
    this.store.open = true;
    this.store.tell("choices");
    this.store.tell("link");
    if (known !== undefined && JSON.stringify(this.store.scene) === JSON.stringify(before)) this.view(view);
    if (message.others) this.note(words.sameRun);
  }

  private async greeted(scene: unknown): Promise<Message> {
    if (scene) {
      try {
        return (await this.ask("hello", { protocol: 1, scene })).message;
      } catch { /* shown already: what the server has is taken */ }
    }
    return (await this.ask("hello", { protocol: 1 })).message;
  }

  private lost(): void {
    for (const { reject } of this.waiting.values()) reject(new Error(words.linkLost));
    this.waiting.clear();
    this.store.open = false;
    this.store.tell("link");
  }

  private receive(message: Message, buffers: Buffers): void {
    if ("re" in message) this.answered(message, buffers);
    else if (message.event === "frame") this.frame(message as unknown as FrameEvent, buffers);
    else if (message.event === "scene") {
      const { message: told } = message as unknown as SceneEvent;
      this.store.setScene(message as unknown as SceneEvent);
      if (told) this.note(told);
    } else if (message.event === "rows") this.rows(message as unknown as RowsEvent, buffers);
    else if (message.event === "message") this.note((message as unknown as NoteEvent).text, (message as unknown as NoteEvent).kind);
    else if (message.event === "ended") this.ended(message as unknown as EndedEvent);
  }

  private answered(message: Message, buffers: Buffers): void {
    const waiting = this.waiting.get(message.re as number);
    this.waiting.delete(message.re as number);
    if (typeof message.error !== "string") return waiting?.resolve({ message, buffers });
    this.note(message.error, "error");
    waiting?.reject(new Error(message.error));
  }

  /** Only the newest frame is painted, when the browser paints; then the server may send another. */
  private frame(header: FrameEvent, buffers: Buffers): void {
    this.store.setFrame(new Frame(header, buffers));
    if (this.frameWaits) return;
    this.frameWaits = true;
    requestAnimationFrame(() => {
      this.frameWaits = false;
      this.store.tell("frame");
      this.link.send({ do: "ack", frame: this.store.frame!.header.number });
    });
  }

  private rows(message: RowsEvent, buffers: Buffers): void {
    const [X, y, places] = buffers.map(floats);
    const { n, n_held_out: heldOut, shown = y.length, names = null, plane = null } = message;
    this.store.rows = { n, heldOut, shown, X, y, places: places ?? null, names, plane };
    if (this.store.row !== null && this.store.row >= shown) this.store.row = 0;
    this.store.tell("rows");
  }

  private ended(event: EndedEvent): void {
    if (event.why === "diverged") this.note(`${event.text} ${words.lastGoodStep}`, "warning");
    else this.note(event.text);
  }
}

export interface App { store: Store; client: Client; note: Note; announce: (text: string) => void; root: HTMLElement }

// A link carries JSON objects with binary buffers: over a WebSocket in the page, through the widget in a notebook.
import type { Pair } from "./address";
import type { Message } from "./messages";

export type Buffers = Uint8Array[];
export type LinkState = "open" | "lost";
export interface Link {
  send(message: Message, buffers?: Buffers): void;
  onMessage(listener: (message: Message, buffers: Buffers) => void): void;
  onState(listener: (state: LinkState) => void): void;
}

/** What anywidget passes to `render`, as far as it is used here. The page's own model also tells when the link is lost. */
export interface Model {
  send(content: Message, callbacks?: unknown, buffers?: ArrayBufferView[]): void;
  on(event: string, listener: (...given: any[]) => void): void;
  tellsState?: boolean;
  scene?: unknown;
  pair?: Pair;
}

export function linkOf(model: Model): Link {
  return {
    send: (message, buffers = []) => model.send(message, undefined, buffers),
    onMessage: (listener) => model.on("msg:custom", (content: Message, buffers: ArrayBufferView[]) =>
      listener(content, (buffers ?? []).map((view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength)))),
    onState: (listener) => {
      if (model.tellsState) model.on("link", listener);
      else listener("open");
    },
  };
}

const padded = (length: number): number => Math.ceil(length / 8) * 8;

/** Length of the JSON, the JSON, the buffers; each padded to a multiple of 8, so that arrays can be read in place. */
export function packed(message: Message, buffers: Buffers): ArrayBuffer {
  const text = new TextEncoder().encode(JSON.stringify({ ...message, buffers: buffers.map((b) => b.byteLength) }));
  const head = padded(4 + text.length);
  const whole = new Uint8Array(buffers.reduce((sum, b) => sum + padded(b.byteLength), head));
  new DataView(whole.buffer).setUint32(0, head - 4, true);
  whole.fill(32, 4, head);
  whole.set(text, 4);
  let at = head;
  for (const buffer of buffers) {
    whole.set(buffer, at);
    at += padded(buffer.byteLength);
  }
  return whole.buffer;
}

export function unpacked(data: ArrayBuffer): [Message, Buffers] {
  const length = new DataView(data).getUint32(0, true);
  const message = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length))) as Message & { buffers: number[] };
  let at = 4 + length;
  const buffers = message.buffers.map((size) => {
    const buffer = new Uint8Array(data, at, size);
    at += padded(size);
    return buffer;
  });
  return [message, buffers];
}

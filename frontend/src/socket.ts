// The model of the page: what a notebook's widget does, done by a WebSocket that is opened again when it was lost.
import { type Model, packed, unpacked } from "./link";
import type { Message } from "./messages";

const FIRST_WAIT = 500, LONGEST_WAIT = 8000; // milliseconds

export function socketModel(address: string): Model {
  const listeners: Record<string, ((...given: any[]) => void)[]> = {};
  const tell = (event: string, ...given: unknown[]): void => listeners[event]?.forEach((listener) => listener(...given));
  let socket: WebSocket;
  let wait = FIRST_WAIT;

  const open = (): void => {
    socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => { wait = FIRST_WAIT; tell("link", "open"); };
    socket.onclose = () => {
      tell("link", "lost");
      setTimeout(open, wait);
      wait = Math.min(2 * wait, LONGEST_WAIT);
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === "string") tell("msg:custom", JSON.parse(data), []);
      else tell("msg:custom", ...unpacked(data));
    };
  };
  open();

  return {
    tellsState: true,
    send(content: Message, _callbacks?: unknown, buffers: ArrayBufferView[] = []) {
      if (socket.readyState !== WebSocket.OPEN) return; // the page says that the link is lost
      const bytes = buffers.map((view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
      socket.send(bytes.length ? packed(content, bytes) : JSON.stringify(content));
    },
    on(event, listener) { (listeners[event] ??= []).push(listener); },
  };
}

// Numbers of weights and biases on a canvas.
import { css, palette } from "../colours";

/** Centred at x, with its foot at y; a halo keeps it apart from lines below it. */
export function written(context: CanvasRenderingContext2D, text: string, x: number, y: number, halo: boolean): void {
  const { paper, ink } = palette();
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "center";
  if (halo) {
    context.strokeStyle = css(paper);
    context.lineWidth = 6;
    context.lineJoin = "round";
    context.strokeText(text, x, y);
  }
  context.fillStyle = ink;
  context.fillText(text, x, y);
}

// A mark for a row: each class has a shape as well as a colour; held-out rows are hollow.
import { css, palette } from "../colours";

export function mark(context: CanvasRenderingContext2D, x: number, y: number, size: number, shape: number, colour: string, hollow: boolean): void {
  context.beginPath();
  if (shape % 4 === 0) context.arc(x, y, size, 0, 2 * Math.PI);
  else if (shape % 4 === 1) context.rect(x - 0.88 * size, y - 0.88 * size, 1.76 * size, 1.76 * size);
  else corners(context, x, y, 1.25 * size, shape % 4 === 2 ? 3 : 4);
  context.closePath();
  context.lineWidth = hollow ? Math.max(1.5, size / 3) : Math.max(1, size / 5);
  context.fillStyle = hollow ? css(palette().paper) : colour;
  context.strokeStyle = hollow ? colour : css(palette().paper);
  context.fill();
  context.stroke();
}

function corners(context: CanvasRenderingContext2D, x: number, y: number, radius: number, count: number): void {
  for (let k = 0; k < count; k++) {
    const angle = (2 * Math.PI * k) / count - Math.PI / 2;
    context.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
  }
}

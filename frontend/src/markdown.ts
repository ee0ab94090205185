// The little Markdown of lessons: headings, paragraphs, lists, bold, code, and links that act.
import { button, h } from "./dom";

export function rendered(text: string, act: (address: string) => void): Node[] {
  return text.split(/\n\s*\n/).map((block) => {
    const lines = block.trim().split("\n");
    const heading = /^(#+)\s+(.*)$/.exec(lines[0]);
    if (heading) return h(heading[1].length === 1 ? "h3" : "h4", {}, ...inline(heading[2], act));
    const ordered = /^\d+\.\s/.test(lines[0]);
    if (ordered || /^[-*]\s/.test(lines[0])) return h(ordered ? "ol" : "ul", {}, ...items(block).map((item) => h("li", {}, ...inline(item, act))));
    return h("p", {}, ...inline(lines.join(" "), act));
  });
}

/** Lines that are indented belong to the item before them. */
const items = (block: string): string[] => block.trim().split(/\n(?=(?:[-*]|\d+\.)\s)/).map((each) => each.replace(/^(?:[-*]|\d+\.)\s+/, "").replace(/\s*\n\s*/g, " "));

function inline(text: string, act: (address: string) => void): (Node | string)[] {
  const found: (Node | string)[] = [];
  const marked = /\*\*(.+?)\*\*|`(.+?)`|\[([^\]]+)\]\(#(try:\{.*?\}|show:[^)]*)\)(?!\})/g;
  let last = 0;
  for (const match of text.matchAll(marked)) {
    const [whole, bold, code, label, address] = match;
    found.push(text.slice(last, match.index));
    if (bold) found.push(h("strong", {}, bold));
    else if (code) found.push(h("code", {}, code));
    else found.push(button(label, () => act(`#${address}`), { class: "gn-try" }));
    last = match.index + whole.length;
  }
  return [...found, text.slice(last)];
}

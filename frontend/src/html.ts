// The library's explanations: HTML with MathML and no script. Its styles are set by script, as the page's policy asks.
import { h } from "./dom";

const ALLOWED = new Set(("div p h3 h4 h5 span table tbody thead tr td th b strong em i code pre br ul ol li math mrow mi mo mn mtext mfrac msup msub " +
  "msubsup munder mover munderover mtable mtr mtd msqrt mroot mspace mstyle mpadded mphantom menclose semantics").split(" "));
const KEPT = /^(class|display|mathvariant|stretchy|fence|separator|largeop|movablelimits|accent|columnalign|rowspacing|columnspacing|displaystyle|scriptlevel|form|lspace|rspace|width|height|depth|minsize|maxsize|linethickness|scope|colspan|rowspan|symmetric|columnlines|rowlines)$/;

export function explained(html: string): HTMLElement {
  const plain = html.replace(/<style>.*?<\/style>/gs, "").replace(/ style="/g, ' data-style="'); // the policy forbids both
  const parsed = new DOMParser().parseFromString(plain, "text/html"); // inert: nothing runs and nothing loads
  const into = h("div", { class: "gn-explained" });
  into.append(...[...parsed.body.childNodes].flatMap(clean));
  return into;
}

function clean(node: Node): Node[] {
  if (node.nodeType === Node.TEXT_NODE) return [document.createTextNode(node.textContent ?? "")];
  if (!(node instanceof Element) && node.nodeType !== Node.ELEMENT_NODE) return [];
  const element = node as Element;
  if (element.localName === "style" || element.localName === "script") return [];
  const children = [...element.childNodes].flatMap(clean);
  if (!ALLOWED.has(element.localName)) return children;
  const made = document.createElementNS(element.namespaceURI, element.localName);
  for (const { name, value } of element.attributes) {
    if (KEPT.test(name)) made.setAttribute(name, value);
    else if (name === "data-style" && !/url\(|@import|expression/i.test(value)) (made as HTMLElement).style.cssText = value;
  }
  made.append(...children);
  return [made];
}

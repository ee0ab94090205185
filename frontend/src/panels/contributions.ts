// What each column of a table has contributed to the prediction for one row: bars to both sides of 0, the largest first.
import type { App } from "../client";
import { h } from "../dom";
import type { ContributionsAnswer } from "../messages";
import { exact, withSign } from "../numbers";
import { words } from "../words";

export async function contributions({ client }: App, row: number): Promise<Node[]> {
  const { message } = await client.ask("contributions", { row });
  const { columns, others, rest, baseline, prediction, what, background } = message as unknown as ContributionsAnswer;
  const largest = Math.max(1e-300, ...columns.map((each) => Math.abs(each.contribution)));
  const lines = columns.map(({ name, value, contribution }) => line(name, value, contribution, largest));
  if (others) lines.push(line(words.otherColumns(others), "", rest, largest));
  return [
    h("h3", {}, words.contributionsTo(what)),
    h("p", { class: "gn-hint" }, words.baseline(background, exact(baseline))),
    h("div", { class: "gn-scroll" }, h("table", { class: "gn-factors gn-contributions" },
      h("thead", {}, h("tr", {}, ...words.contributionHeads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, ...lines),
      h("tfoot", {}, h("tr", { class: "gn-total" }, h("th", { scope: "row" }, words.predicted), h("td"), h("td", { "data-shows": "prediction" }, exact(prediction)), h("td"))))),
  ];
}

function line(name: string, value: string, contribution: number, largest: number): HTMLElement {
  const bar = h("span", { class: contribution < 0 ? "gn-share gn-less" : "gn-share" });
  bar.style.width = `${(50 * Math.abs(contribution)) / largest}%`;
  return h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value), h("td", {}, withSign(contribution)),
    h("td", { "aria-hidden": "true" }, h("div", { class: "gn-shares" }, bar)));
}

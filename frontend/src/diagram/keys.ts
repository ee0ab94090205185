// One tab stop for the whole diagram; arrows walk from unit to weight to unit, Enter asks.
import type { Edge } from "./edges";
import type { Unit } from "./units";

type Item = { unit: Unit; part: "unit" | "bias" } | { edge: Edge; anchor: "from" | "to" };

export class Walker {
  private current: Item | null = null;

  constructor(private units: Unit[], private edges: Edge[]) {
    const first = this.units[0];
    if (first) this.make({ unit: first, part: "unit" });
  }

  private element(item: Item): SVGGElement {
    if ("edge" in item) return item.edge.element;
    return item.part === "bias" ? item.unit.bias! : item.unit.element;
  }

  private make(item: Item): SVGGElement {
    if (this.current) this.element(this.current).setAttribute("tabindex", "-1");
    this.current = item;
    const element = this.element(item);
    element.setAttribute("tabindex", "0");
    return element;
  }

  /** Where the focus is now, also after a click. */
  focused(element: Element): void {
    const unit = this.units.find((each) => each.element === element || each.bias === element);
    if (unit) this.make({ unit, part: unit.element === element ? "unit" : "bias" });
    const edge = this.edges.find((each) => each.element === element);
    if (edge && !(this.current && "edge" in this.current && this.current.edge === edge)) this.make({ edge, anchor: "from" });
  }

  press(key: string): boolean {
    const next = this.current && this.next(this.current, key);
    if (!next) return false;
    this.make(next).focus();
    return true;
  }

  private next(item: Item, key: string): Item | undefined {
    if (key === "ArrowUp") return this.neighbour(item, -1);
    if (key === "ArrowDown") return this.neighbour(item, 1);
    if (key === "ArrowRight") return "edge" in item ? this.at(item.edge.depth, item.edge.to) : this.leaving(item.unit);
    if (key === "ArrowLeft") return "edge" in item ? this.at(item.edge.depth - 1, item.edge.from) : this.entering(item.unit);
    return undefined;
  }

  private at(depth: number, index: number): Item | undefined {
    const unit = this.units.find((each) => each.depth === depth && each.unit === index);
    return unit && { unit, part: "unit" };
  }

  private leaving({ depth, unit }: Unit): Item | undefined {
    const edge = this.edges.find((each) => each.depth === depth + 1 && each.from === unit);
    return edge && { edge, anchor: "from" };
  }

  private entering({ depth, unit }: Unit): Item | undefined {
    const edge = this.edges.find((each) => each.depth === depth && each.to === unit);
    return edge && { edge, anchor: "to" };
  }

  /** Weights that share the unit one came from; in a layer each unit and then its bias. */
  private neighbour(item: Item, by: number): Item | undefined {
    if ("edge" in item) {
      const shared = this.edges.filter((each) => each.depth === item.edge.depth && each[item.anchor] === item.edge[item.anchor]);
      const edge = shared[shared.indexOf(item.edge) + by];
      return edge && { edge, anchor: item.anchor };
    }
    const all: Item[] = this.units.filter((each) => each.depth === item.unit.depth)
      .flatMap((unit): Item[] => (unit.bias ? [{ unit, part: "unit" }, { unit, part: "bias" }] : [{ unit, part: "unit" }]));
    return all[all.findIndex((each) => "unit" in each && each.unit === item.unit && each.part === item.part) + by];
  }
}

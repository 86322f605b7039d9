/** The geometry of a flow diagram with two columns. No page in here, only numbers. */

import { round } from "./stream.js";

export const OTHERS = "others";

/**
 * The `most` topics with the largest shares, the largest first, and one of all others; links between the same two are joined.
 * A joined link has no count of people: somebody may be in several.
 */
export function gathered({ nodes, links }, most) {
  const large = [...nodes].sort((one, two) => two.before + two.after - one.before - one.after);
  const own = new Set((nodes.length > most + 1 ? large.slice(0, most) : large).map((node) => node.id));
  const place = (id) => (own.has(id) ? id : OTHERS);
  const joined = new Map();
  for (const link of links) {
    const [from, to] = [place(link.from), place(link.to)];
    const known = joined.get(`${from}\n${to}`);
    const whole = own.has(link.from) && own.has(link.to);
    joined.set(`${from}\n${to}`, { from, to, share: (known?.share ?? 0) + link.share, people: whole ? link.people : null, q: whole ? link.q : null });
  }
  const kept = large.filter((node) => own.has(node.id));
  const rest = large.filter((node) => !own.has(node.id));
  const sum = (side) => rest.reduce((total, node) => total + node[side], 0);
  if (rest.length) kept.push({ id: OTHERS, label: `${rest.length} other topics`, before: sum("before"), after: sum("after") });
  return { nodes: kept, links: [...joined.values()] };
}

/**
 * Where everything is in `height` pixels with `gap` between nodes: {left, right: [{node, top, tall}], bands: [{link, left, right, thick}]},
 * `left` and `right` of a band being the middle of its ends.
 */
export function layout({ nodes, links }, height, gap) {
  const whole = Math.max(...["before", "after"].map((side) => nodes.reduce((sum, node) => sum + node[side], 0)), 1e-9);
  const scale = (height - gap * (nodes.length - 1)) / whole;
  const [left, right] = ["before", "after"].map((side) => column(nodes, side, scale, gap));
  const rank = new Map(nodes.map((node, at) => [node.id, at]));
  const ordered = [...links].sort((one, two) => rank.get(one.from) - rank.get(two.from) || rank.get(one.to) - rank.get(two.to));
  const free = { left: tops(left), right: tops(right) };
  const bands = ordered.map((link) => {
    const thick = link.share * scale;
    const [from, to] = [free.left.get(link.from), free.right.get(link.to)];
    free.left.set(link.from, from + thick);
    free.right.set(link.to, to + thick);
    return { link, left: from + thick / 2, right: to + thick / 2, thick };
  });
  return { left, right, bands };
}

function column(nodes, side, scale, gap) {
  let top = 0;
  return nodes.map((node) => {
    const tall = node[side] * scale;
    const placed = { node, top, tall };
    top += tall + gap;
    return placed;
  });
}

const tops = (placed) => new Map(placed.map(({ node, top }) => [node.id, top]));

/** The middle line of a band between two columns as an SVG path; it leaves and arrives level. */
export function course({ left, right }, from, to) {
  const middle = (from + to) / 2;
  return `M${round(from)},${round(left)}C${round(middle)},${round(left)} ${round(middle)},${round(right)} ${round(to)},${round(right)}`;
}

/** Tops at least `room` apart and within `height`, as near as can be to those wanted, which ascend. */
export function spaced(wanted, room, height) {
  const found = [];
  for (const top of wanted) found.push(Math.max(top, (found.at(-1) ?? -Infinity) + room));
  let limit = height;
  for (let at = found.length - 1; at >= 0; at--) {
    found[at] = Math.min(found[at], limit);
    limit = found[at] - room;
  }
  return found;
}

/** Between which topics people moved over a quarter: a flow diagram, and the largest flows in words. */

import { el, hand, shape } from "./dom.js";
import { OTHERS, course, gathered, layout, spaced } from "./sankey.js";
import { toned } from "./tones.js";
import { count, day, percent, plural } from "./words.js";

const MOST = 11; // topics with a place of their own
const NAMED = 6; // flows told in words
const TALL = 460; // pixels of all nodes at most
const EACH = 44; // and of one on average
const GAP = 7;
const WIDE = 9; // of a node
const LINE = 15; // pixels that a label needs
const LETTER = 6.8; // pixels, about
const CHANCE = 0.05; // false discovery rate under which a direction counts

/** Draw `answer` into `place`, and again whenever its width changes; where there is little to show, say so. */
export function showFlows(place, answer) {
  const head = el("h3", {}, "Moves between topics", el("span", { class: "aside" }, ` from the ${span(answer)} before ${day(answer.since)} to those after`));
  if (answer.people === null) return place.replaceChildren(head, say(`Fewer than ${answer.floor} people did enough in both periods: too few to tell.`));
  const moves = answer.links.filter((link) => link.from !== link.to);
  const words = [say(summary(answer)), hidden(answer)];
  if (!moves.length) return place.replaceChildren(head, ...words);
  const names = new Map(answer.nodes.map((node) => [node.id, node.label]));
  const host = el("div", { class: "sankey" });
  place.replaceChildren(head, words[0], host, largest(moves, names), words[1]);
  const whole = gathered(answer, MOST);
  let width = 0;
  new ResizeObserver(() => {
    if (host.clientWidth === width) return;
    width = host.clientWidth;
    draw(host, whole, width);
  }).observe(host);
}

const say = (words) => el("p", { class: "faint" }, words);
const span = ({ since, until }) => plural(Math.round((until - since) / 86_400), "day");

function summary({ people, moved, by_chance: chance }) {
  const by = chance === null ? "" : `; ${percent(chance)} would be, had the same visits come in another order`;
  return `Of what ${count(people)} people did, ${percent(moved)} is elsewhere than before${by}.`;
}

function hidden({ left_out, left_out_share, floor }) {
  if (!left_out) return null;
  const flows = left_out === 1 ? "1 flow" : `${count(left_out)} flows`;
  return say(`${flows} of fewer than ${floor} people, or that would give such away, ${left_out === 1 ? "is" : "are"} not shown: ${percent(left_out_share)} of everything.`);
}

/** The largest flows, those first of which more went this way than back beyond chance. */
function largest(moves, names) {
  const sure = (link) => link.q !== null && link.q <= CHANCE;
  const order = [...moves].sort((one, two) => sure(two) - sure(one) || two.share - one.share).slice(0, NAMED);
  const end = (id) => el("span", {}, toned(el("i", { class: "dot" }), names.get(id)), ` ${names.get(id)}`);
  const rows = order.map((link) => el("li", { class: sure(link) ? "beyond" : "" }, end(link.from), el("span", { class: "faint" }, " → "), end(link.to), el("span", { class: "faint" }, ` ${much(link)}`)));
  return el("div", { class: "moves" }, el("h4", {}, order.every(sure) ? "The largest of which more went this way than back, beyond chance" : "The largest"), el("ol", {}, ...rows));
}

function much({ people, share }) {
  const part = share < 0.0995 ? `${(100 * share).toFixed(share < 0.00095 ? 2 : 1)}%` : percent(share);
  return `${people === null ? "" : `${count(people)} people, `}${part} of everything`;
}

const told = (link) => `${much(link)}${link.q !== null && link.q <= CHANCE ? "; more than back, beyond chance" : ""}`;

function draw(host, whole, width) {
  const room = Math.min(230, Math.max(84, width * 0.26)); // of the labels on either side
  const [from, to] = [room + WIDE, width - room - WIDE];
  if (to - from < 60) return host.replaceChildren();
  const height = Math.min(TALL, EACH * whole.nodes.length);
  const { left, right, bands } = layout(whole, height, GAP);
  const svg = shape("svg", { width, height: height + 26, role: "img", "aria-label": "Flows between topics; the largest are told below" });
  const tip = el("div", { class: "tip", hidden: true });
  const names = new Map(whole.nodes.map((node) => [node.id, node.label]));
  for (const band of [...bands].sort((one, two) => two.thick - one.thick)) svg.append(ribbon(band, names, from, to, { host, tip, svg }));
  const letters = Math.floor((room - 8) / LETTER);
  svg.append(...side(left, { x: room, beside: room - 7, anchor: "end", letters, height, svg }));
  svg.append(...side(right, { x: to, beside: to + WIDE + 7, anchor: "start", letters, height, svg }));
  svg.append(caption("before", room, height, "end"), caption("after", to + WIDE, height, "start"));
  host.replaceChildren(svg, tip);
}

const caption = (words, x, height, anchor) => shape("text", { class: "caption", x, y: height + 22, "text-anchor": anchor }, words);

function ribbon(band, names, from, to, { host, tip, svg }) {
  const { link } = band;
  const kind = link.from === link.to ? "stayed" : link.q !== null && link.q <= CHANCE ? "beyond" : "moved";
  const path = shape("path", { class: `flow ${kind}`, d: course(band, from, to), "data-from": link.from, "data-to": link.to });
  hand(path, "stroke-width", `${Math.max(0.6, band.thick).toFixed(2)}px`);
  paint(path, link.from, names);
  const [source, target] = [names.get(link.from), names.get(link.to)];
  const words = link.from === link.to ? `stayed with ${source}` : `${source} → ${target}`;
  path.addEventListener("pointermove", (event) => {
    tip.replaceChildren(el("b", {}, words), told(link));
    tip.hidden = false;
    const box = host.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    hand(tip, "left", `${Math.max(0, Math.min(host.clientWidth - tip.offsetWidth, x + 14))}px`);
    hand(tip, "top", `${y + 18}px`);
    svg.classList.add("looking");
    path.classList.add("lit");
  });
  path.addEventListener("pointerleave", () => {
    tip.hidden = true;
    svg.classList.remove("looking");
    path.classList.remove("lit");
  });
  return path;
}

/** The nodes of one side, each with its name beside it, moved apart where they would touch. */
function side(placed, { x, beside, anchor, letters, height, svg }) {
  const tops = spaced(placed.map(({ top, tall }) => top + tall / 2), LINE, height - LINE / 2);
  return placed.map(({ node, top, tall }, at) => {
    const end = anchor === "end" ? "from" : "to";
    const light = (on) => () => {
      svg.classList.toggle("looking", on);
      for (const path of svg.querySelectorAll(".flow")) path.classList.toggle("lit", on && path.dataset[end] === node.id);
    };
    const group = shape("g", { class: "node", on: { pointerenter: light(true), pointerleave: light(false) } });
    const box = shape("rect", { x, y: top.toFixed(1), width: WIDE, height: Math.max(1, tall).toFixed(1), rx: 2 });
    paint(box, node.id, new Map([[node.id, node.label]]));
    const share = percent(anchor === "end" ? node.before : node.after);
    const text = shape("text", { x: beside, y: tops[at] + 4, "text-anchor": anchor }, shortened(node.label, letters));
    group.append(shape("title", {}, `${node.label}: ${share} ${anchor === "end" ? "before" : "after"}`), box, text);
    return group;
  });
}

/** Whoever is shown gives topics their colours; all others share one tone. */
function paint(node, id, names) {
  if (id === OTHERS) return node.classList.add("tone-other");
  toned(node, names.get(id));
}

const shortened = (label, letters) => {
  const name = label.split(" · ")[0];
  return name.length > letters ? `${name.slice(0, letters - 1).trimEnd()}…` : name;
};

/** The stream of a user's interests as SVG: bands over their life, a column for now, how much they did, and a cursor. */

import { byId, el, hand, shape } from "./dom.js";
import { OTHER, histogram, ribbon, round, stack, ticks } from "./stream.js";
import { tone } from "./tones.js";
import { clock, day, month, percent, plural, shifted, stretch } from "./words.js";

const HEIGHT = 250; // of the bands
const RUG = 18; // of the bars that count events
const AXIS = 22;
const NOW = 34; // width of the column for now, with its gap
const GAP = 12;
const YEAR = 31_557_600;

/** Draw `life` ({from, to, points, labels, times, shifts, now: shares}) into `host`, and again whenever its width changes. */
export function drawChart(host, life) {
  host.ariaBusy = false;
  host.watcher?.disconnect();
  host.watcher = new ResizeObserver(() => draw(host, life));
  host.watcher.observe(host);
  draw(host, life);
}

/** Let the column for now follow, without drawing the past again. */
export function moveNow(host, shares) {
  if (host.life) host.life.now = shares;
  host.settle?.(shares);
}

function draw(host, life) {
  const width = host.clientWidth - NOW - GAP;
  if (width < 80) return;
  host.life = life;
  const { labels } = life;
  const across = (time) => round(((time - life.from) / (life.to - life.from)) * width);
  const down = (share) => round(HEIGHT * (1 - share));
  const xs = life.points.map((point) => across(point.at));
  const bands = stack(life.points, labels);
  const svg = shape("svg", { width: host.clientWidth, height: HEIGHT + RUG + AXIS, role: "img", "aria-label": summary(life, labels) });
  for (const band of bands) {
    const path = ribbon(xs, band.edges.map(([lower]) => down(lower)), band.edges.map(([, upper]) => down(upper)));
    svg.append(shape("path", { d: path, class: `band ${tone(band.label)}` }));
  }
  for (const band of bands) svg.append(...label(band, xs, down));
  svg.append(rug(life, width), axis(life, across, width), ...column(host, life, labels, width + GAP), ...marks(life, across));
  const line = shape("line", { class: "cursor", y1: 0, y2: HEIGHT + RUG, visibility: "hidden" });
  svg.append(line);
  const tip = el("div", { class: "tip", role: "status", hidden: true });
  host.replaceChildren(svg, tip);
  cursor(host, { life, labels, xs, line, tip, svg });
}

/** A band's name where the band leaves it the most room all along its width, should there be enough. */
function label(band, xs, down) {
  if (band.label === OTHER) return [];
  const name = band.label.split(" · ")[0]; // the first of a theme's examples is enough here
  const half = [...name].reduce((sum, sign) => sum + (sign > "\u2e7f" ? 6.5 : 3.7), 6); // Chinese characters take twice the room
  let best = { room: 14, x: 0, y: 0 }; // pixels that a line of text needs
  for (const x of xs) {
    if (x < half || x > xs.at(-1) - half) continue;
    const inside = band.edges.filter((_, place) => Math.abs(xs[place] - x) < half);
    const under = [edgeAt(band, xs, x - half), ...inside, edgeAt(band, xs, x + half)];
    const floor = down(Math.max(...under.map(([lower]) => lower)));
    const ceiling = down(Math.min(...under.map(([, upper]) => upper)));
    if (floor - ceiling > best.room) best = { room: floor - ceiling, x, y: (floor + ceiling) / 2 };
  }
  return best.x ? [shape("text", { class: `name ${tone(band.label)}`, x: best.x, y: best.y + 4, "text-anchor": "middle" }, name)] : [];
}

/** A band's [lower, upper] between two of its points. */
function edgeAt(band, xs, x) {
  const after = Math.max(1, xs.findIndex((other) => other >= x));
  const part = (x - xs[after - 1]) / (xs[after] - xs[after - 1] || 1);
  return [0, 1].map((side) => (1 - part) * band.edges[after - 1][side] + part * band.edges[after][side]);
}

function rug(life, width) {
  const bins = Math.max(20, Math.floor(width / 6));
  const counts = histogram(life.times, life.from, life.to, bins);
  const most = Math.sqrt(Math.max(1, ...counts));
  const bars = counts.map((number, place) => {
    if (!number) return null;
    const tall = round(2 + (RUG - 6) * (Math.sqrt(number) / most)); // the root keeps quiet months visible beside a first evening
    return shape("rect", { x: round((place * width) / bins), y: HEIGHT + RUG - tall, width: round(width / bins - 1), height: tall });
  });
  return shape("g", { class: "rug" }, shape("title", {}, "how much they did"), ...bars);
}

/** A line where each shift seems to have begun, with a head that says what it was; shifts of one day share one. */
function marks(life, across) {
  const days = new Map();
  for (const shift of life.shifts) {
    const x = Math.round(across(Math.max(life.from, Math.min(life.to, shift.at))) / 4) * 4;
    days.set(x, [...(days.get(x) ?? []), shift]);
  }
  return [...days].map(([x, shifts]) => {
    const words = shifts.map((shift) => `${day(shift.at)}: ${shifted(shift)}`).join("\n");
    const head = shape("path", { d: `M${x - 5},0h10l-5,8Z`, class: `head ${tone((shifts[0].to ?? shifts[0].from).label)}` });
    return shape("g", { class: "mark" }, shape("title", {}, words), shape("line", { x1: x, x2: x, y1: 0, y2: HEIGHT }), head);
  });
}

function axis(life, across, width) {
  const span = life.to - life.from;
  const group = shape("g", { class: "axis" });
  let free = -Infinity;
  for (const time of ticks(life.from, life.to, Math.max(2, Math.floor(width / 76)))) {
    const x = across(time);
    if (x < free || x > width - 18) continue;
    const text = span > 60 * 86_400 ? month(time) : span > 3 * 86_400 ? day(time).slice(0, -5) : clock(time).split(", ").pop();
    group.append(shape("text", { x: x < 30 ? 0 : x, y: HEIGHT + RUG + 15, "text-anchor": x < 30 ? "start" : "middle" }, text));
    free = x + 64;
  }
  return group;
}

/** The shares of this moment beside the past; they move when an event comes in. */
function column(host, life, labels, x) {
  const wide = NOW - 2;
  const rows = [...labels, OTHER].map((name) => shape("rect", { class: `band moving ${tone(name)}`, x, width: wide }));
  host.settle = (shares) => {
    const known = shares.size > 0;
    let top = HEIGHT;
    [...labels, OTHER].forEach((name, place) => {
      const tall = name === OTHER ? (known ? top : 0) : HEIGHT * (shares.get(name) ?? 0);
      top -= tall;
      hand(rows[place], "y", `${round(top)}px`);
      hand(rows[place], "height", `${round(Math.max(0, tall))}px`);
    });
  };
  host.settle(life.now);
  const caption = shape("text", { class: "caption", x: x + wide / 2, y: HEIGHT + 15, "text-anchor": "middle" }, "now");
  return [...rows, caption];
}

function cursor(host, { life, labels, xs, line, tip, svg }) {
  let place = null;
  const show = (next) => {
    place = Math.max(0, Math.min(xs.length, next));
    const now = place === xs.length;
    const x = now ? xs.at(-1) + GAP + NOW / 2 : xs[place];
    const { at, shares } = now ? { at: null, shares: host.life.now } : life.points[place];
    line.setAttribute("visibility", now ? "hidden" : "visible");
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    tip.replaceChildren(el("b", {}, now ? "Now" : moment(at, life)), ...lines(shares, labels));
    tip.hidden = false;
    const room = host.clientWidth - tip.offsetWidth;
    hand(tip, "left", `${Math.max(0, Math.min(room, x > host.clientWidth / 2 ? x - tip.offsetWidth - 12 : x + 12))}px`);
  };
  const hide = () => {
    tip.hidden = true;
    line.setAttribute("visibility", "hidden");
  };
  svg.addEventListener("pointermove", (event) => {
    const x = event.clientX - svg.getBoundingClientRect().left;
    if (x > xs.at(-1) + GAP / 2) return show(xs.length);
    show(Math.round((x / xs.at(-1)) * (xs.length - 1)));
  });
  svg.addEventListener("pointerleave", hide);
  host.tabIndex = 0;
  host.setAttribute("role", "group");
  host.setAttribute("aria-label", "Interests over time; the arrow keys walk through it");
  host.onblur = hide;
  host.onkeydown = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") hide();
    if (!step) return;
    event.preventDefault();
    show(place === null ? xs.length : place + step);
  };
}

function lines(shares, labels) {
  const found = [...shares].filter(([, share]) => share >= 0.02).sort((one, two) => two[1] - one[1]).slice(0, 7);
  if (!found.length) return [el("span", { class: "faint" }, "nothing known")];
  return found.map(([name, share]) =>
    el("span", { class: "line" }, el("i", { class: `dot ${labels.includes(name) ? tone(name) : "tone-other"}` }), el("span", {}, name), el("em", {}, percent(share))),
  );
}

const moment = (at, life) => (life.to - life.from > YEAR / 2 ? month(at) : life.to - life.from > 3 * 86_400 ? day(at) : clock(at));

function summary(life, labels) {
  const [first, last] = [life.points[0], life.points.at(-1)];
  const told = labels.slice(0, 4).map((name) => `${name} from ${percent(first.shares.get(name) ?? 0)} to ${percent(last.shares.get(name) ?? 0)}`);
  return `${plural(life.times.length, "event")} over ${stretch(life.to - life.from)}: ${told.join(", ")}`;
}

/** What stands in the chart's place when there is no course to draw. */
export function drawNothing(words) {
  const host = byId("chart");
  host.watcher?.disconnect();
  host.settle = host.life = null;
  host.ariaBusy = false;
  host.removeAttribute("tabindex");
  host.replaceChildren(el("p", { class: "empty" }, words));
}

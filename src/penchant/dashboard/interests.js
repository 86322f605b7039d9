/** What somebody is into now: interests by share, and the items nearest to their taste. */

import { el, hand, shape } from "./dom.js";
import { themeOf } from "./stream.js";
import { toned } from "./tones.js";
import { HORIZON, day, percent, plural, trend } from "./words.js";

const MOST = 8;
const NEAR = 4;

/** List the strongest interests of `account` in `place`. */
export function showInterests(place, account) {
  const strongest = account.interests.slice(0, MOST); // they come by share
  const most = strongest[0]?.share || 1;
  place.replaceChildren(
    el("ul", { class: "interests" }, ...strongest.map((interest) => row(interest, most))),
    rest(account.interests.length - strongest.length),
  );
}

const rest = (more) => (more > 0 ? el("p", { class: "faint" }, `and ${plural(more, "weaker interest")}`) : "");

function row(interest, most) {
  const [arrow, words] = interest.status === "dormant" ? ["", "nothing lately"] : trend(interest.trend);
  const bar = el("span", { class: "bar", title: `strength ${Number(interest.strength.toPrecision(2))}` });
  bar.append(hand(toned(el("span", { class: "fill" }), themeOf(interest)), "--part", Math.max(0.01, interest.share / most)));
  const about = `since ${day(interest.since)}, last seen ${day(interest.last_seen)}${interest.keywords.length ? `, with ${interest.keywords.join(", ")}` : ""}`;
  return el(
    "li",
    { class: `interest is-${interest.status}`, title: about },
    el("span", { class: "label" }, interest.label),
    bar,
    el("span", { class: "share" }, percent(interest.share)),
    el("span", { class: `trend ${direction(interest.trend)}`, title: words }, el("span", { "aria-hidden": "true" }, arrow), el("span", { class: "unseen" }, words)),
    el("span", { class: "status" }, interest.status),
    el("span", { class: "horizon" }, HORIZON[interest.horizon] ?? interest.horizon),
  );
}

const direction = (value) => (value > 0.3 ? "up" : value < -0.3 ? "down" : "level");

/** The items nearest to a person's taste at each horizon, in `place`. */
export function showNearest(place, account) {
  const columns = new Map(); // the same items at several horizons are one column
  for (const [horizon, items] of Object.entries(account.nearest)) {
    const key = JSON.stringify(items.slice(0, NEAR).map((near) => near.item));
    if (items.length) columns.set(key, { items, horizons: [...(columns.get(key)?.horizons ?? []), HORIZON[horizon] ?? horizon] });
  }
  if (!columns.size) return place.replaceChildren();
  place.replaceChildren(
    el("h3", {}, "Nearest to their taste"),
    el("div", { class: "columns" }, ...[...columns.values()].map(nearest)),
  );
}

function nearest({ horizons, items }) {
  const rows = items.slice(0, NEAR).map((near) => el("li", { title: `${near.title || near.item}, cosine ${near.similarity.toFixed(2)}` }, near.title || near.item));
  return el("div", {}, el("h4", {}, horizons.join(", ")), el("ul", {}, ...rows));
}

/** Grey bars while the answer is under way. */
export function expectInterests(place) {
  const lines = Array.from({ length: 5 }, () => el("span", { class: "ghost" }));
  place.replaceChildren(el("div", { class: "ghosts", "aria-hidden": "true" }, ...lines));
}

/** A flat line and words, for somebody without interests yet. */
export function noInterests(place, words) {
  const mark = shape("svg", { viewBox: "0 0 48 12", width: 48, height: 12, class: "flat", "aria-hidden": "true" }, shape("path", { d: "M1 6h46" }));
  place.replaceChildren(el("p", { class: "empty" }, mark, words));
}

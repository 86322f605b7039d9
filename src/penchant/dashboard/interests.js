/** What somebody is into now: interests by share, each to be pinned or muted, and the items nearest to their taste. */

import { el, hand, shape } from "./dom.js";
import { icon } from "./icons.js";
import { themeOf } from "./stream.js";
import { toned } from "./tones.js";
import { HORIZON, day, percent, plural, trend } from "./words.js";

const MOST = 8;
const NEAR = 4;

/**
 * List the strongest interests of `account` in `place`, and all that are pinned or muted; the rest on demand. `keep(interest, kind, on)`
 * is called to pin or mute one, or to take that back, and promises whether it went well.
 */
export function showInterests(place, account, keep) {
  const whole = place.dataset.whole === account.user;
  const shown = account.interests.filter((one, rank) => whole || rank < MOST || one.pinned || one.muted); // they come by share
  if (!shown.length) return noInterests(place, "No interests yet. They begin with the first thing that is done, or told.");
  const most = shown[0].share || 1;
  const more = account.interests.length - shown.length;
  const turn = () => {
    place.dataset.whole = whole ? "" : account.user;
    showInterests(place, account, keep);
  };
  const held = place.contains(document.activeElement) ? document.activeElement.dataset.hold : null;
  place.replaceChildren(el("ul", { class: "interests" }, ...shown.map((interest) => row(interest, most, keep))), rest(more, whole, turn));
  const again = held && [...place.querySelectorAll("button")].find((button) => button.dataset.hold === held);
  again?.focus({ preventScroll: true }); // the keyboard stays where it was
}

function rest(more, whole, turn) {
  if (!more && !whole) return "";
  const words = whole ? "only the strongest" : `and ${plural(more, "weaker interest")}`;
  return el("button", { type: "button", class: "link", "data-hold": "rest", "aria-expanded": String(whole), on: { click: turn } }, words);
}

/** The buttons of an interest: pressed while it is so. */
function acts(interest, keep) {
  const act = (kind, on, words) => {
    const click = async () => {
      const next = button.getAttribute("aria-pressed") !== "true"; // what was pressed since it was drawn counts, too
      button.setAttribute("aria-pressed", String(next));
      if (!(await keep(interest, kind, next))) button.setAttribute("aria-pressed", String(!next));
    };
    const told = { type: "button", class: `act ${kind}`, "data-hold": `${kind} ${interest.id}`, "aria-pressed": String(on) };
    const button = el("button", { ...told, "aria-label": `${kind} ${interest.label}`, title: on ? `${words[1]}: press to take it back` : words[0], on: { click } }, icon(kind));
    return button;
  };
  return el(
    "span",
    { class: "acts" },
    act("pin", interest.pinned, ["Pin: have it in every slate", "Pinned"]),
    act("mute", interest.muted, ["Mute: nothing of it in any slate", "Muted"]),
  );
}

function row(interest, most, keep) {
  const [arrow, words] = interest.status === "dormant" ? ["", "nothing lately"] : trend(interest.trend);
  const bar = el("span", { class: "bar", title: `strength ${Number(interest.strength.toPrecision(2))}` });
  bar.append(hand(toned(el("span", { class: "fill" }), themeOf(interest)), "--part", Math.max(0.01, interest.share / most)));
  const seen = interest.evidence.length ? `since ${day(interest.since)}, last seen ${day(interest.last_seen)}` : "pinned; nothing shows it yet";
  const about = `${interest.label}: ${seen}${interest.keywords.length ? `, with ${interest.keywords.join(", ")}` : ""}`;
  return el(
    "li",
    { class: `interest is-${interest.status}${interest.muted ? " muted" : ""}${interest.pinned ? " pinned" : ""}`, title: about },
    el("span", { class: "label" }, interest.label),
    bar,
    el("span", { class: "share" }, percent(interest.share)),
    el("span", { class: `trend ${direction(interest.trend)}`, title: words }, el("span", { "aria-hidden": "true" }, arrow), el("span", { class: "unseen" }, words)),
    el("span", { class: "status", title: `mostly of ${HORIZON[interest.horizon] ?? interest.horizon}` }, interest.guess ? "a guess" : interest.status),
    acts(interest, keep),
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

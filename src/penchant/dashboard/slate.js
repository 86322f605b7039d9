/** The slate: what is recommended and why. A new slate is told by what moved, what came and what left. */

import { calm, el, hand } from "./dom.js";
import { toned } from "./tones.js";
import { because, millis } from "./words.js";

const EASE = "cubic-bezier(.2, .7, .2, 1)";

/** Show `items` in the list; `take(item, action)` is called for what a person does with one, `why(item)` gives its explanation in
 * words. Returns {came, moved, left: titles}. */
export function showSlate(list, items, take, { animate = false, why } = {}) {
  const before = new Map([...list.querySelectorAll(".pick:not(.leaving)")].map((row) => [row.dataset.item, row]));
  const places = new Map([...before].map(([item, row], place) => [item, { place, top: row.offsetTop }]));
  const change = { came: 0, moved: 0, left: [] };
  const best = Math.max(...items.map((item) => item.score), 1e-9);
  const rows = items.map((item, place) => {
    const was = animate ? places.get(item.item) : undefined;
    if (animate && !was) change.came++;
    if (was && was.place !== place) change.moved++;
    return pick(item, place, best, { take, why }, animate ? badge(was, place) : null);
  });
  const staying = new Set(items.map((item) => item.item));
  const leaving = animate ? [...before].filter(([item]) => !staying.has(item)).map(([, row]) => row) : [];
  change.left = leaving.map((row) => row.dataset.title);
  const focused = [...before.values()].findIndex((row) => row.contains(document.activeElement));
  list.replaceChildren(...rows);
  if (focused >= 0) rows[focused]?.querySelector(".title").focus({ preventScroll: true }); // the keyboard stays where it was
  if (animate && !calm()) {
    rows.forEach((row, place) => glide(row, places.get(row.dataset.item), place));
    leaving.forEach((row) => fade(list, row, places.get(row.dataset.item).top));
  }
  return change;
}

/** What a slate changed, beside the item called `but`. */
export function told(change, but = null) {
  const left = change.left.filter((name) => name !== but);
  const counts = [change.came && `${change.came} new`, change.moved && `${change.moved} moved`].filter(Boolean).join(", ");
  const gone = left.length ? `; gone: ${left.slice(0, 3).join(" · ")}${left.length > 3 ? ` and ${left.length - 3} more` : ""}` : "";
  return (counts || (but === null ? "Nothing moved" : "Nothing else moved")) + gone;
}

/** Show in `pill` how long something took, in milliseconds, and what `about` it. */
export function timed(pill, time, about) {
  pill.hidden = false;
  pill.title = about;
  pill.textContent = millis(time);
}

function badge(was, place) {
  if (!was) return el("span", { class: "badge fresh" }, "new");
  const steps = was.place - place;
  if (!steps) return null;
  const [kind, arrow, word] = steps > 0 ? ["up", "↑", "up"] : ["down", "↓", "down"];
  return el("span", { class: `badge ${kind}`, "aria-label": `${word} ${Math.abs(steps)}` }, `${arrow}${Math.abs(steps)}`);
}

function pick(item, place, best, { take, why }, change) {
  const title = item.title || item.item;
  const act = (action) => (event) => {
    event.stopPropagation();
    if (!row.classList.contains("taken")) take(item, action, row);
  };
  const more = el("p", { class: "more", id: `why-${place}`, role: "status", hidden: true });
  const row = el(
    "li",
    { class: "pick", "data-item": item.item, "data-title": title, on: { click: act("like") } },
    el("span", { class: "rank" }, String(place + 1)),
    el(
      "div",
      { class: "what" },
      el("p", { class: "line" }, el("button", { type: "button", class: "title", title: "I like this", on: { click: act("like") } }, title), change),
      el("p", { class: "why" }, ...because(item.because).map(([text, named]) => (named ? el("cite", {}, text) : text))),
      more,
      el("span", { class: "categories" }, ...chips(item)),
    ),
    el(
      "div",
      { class: "meter", title: `score ${item.score.toFixed(2)}; the order also sees to variety` },
      hand(el("span", {}), "--part", Math.max(0.02, item.score / best)),
    ),
    el(
      "div",
      { class: "acts" },
      el("button", { type: "button", class: "act ask", title: "Why this?", "aria-label": `Why ${title}?`, "aria-expanded": "false", "aria-controls": `why-${place}`, on: { click: unfold(more, () => why(item)) } }, "?"),
      el("button", { type: "button", class: "act", title: "I like this", "aria-label": `I like ${title}`, on: { click: act("like") } }, "♥"),
      el("button", { type: "button", class: "act", title: "Not for me", "aria-label": `${title} is not for me`, on: { click: act("dislike") } }, "✕"),
    ),
  );
  return row;
}

/** A click shows what `explain` says in `place`, or hides it; a click on the words themselves does nothing else. */
function unfold(place, explain) {
  place.addEventListener("click", (event) => event.stopPropagation());
  return async (event) => {
    event.stopPropagation();
    const button = event.currentTarget;
    const open = place.hidden;
    button.setAttribute("aria-expanded", String(open));
    place.hidden = !open;
    if (!open || place.textContent) return;
    try {
      place.textContent = await explain();
    } catch (error) {
      place.hidden = false;
      place.replaceChildren(error.message);
    }
  };
}

/** An item's categories, with dots in the tones of the themes it belongs to. */
function chips(item) {
  const dots = item.themes.slice(0, 2).map((theme) => toned(el("i", { class: "dot", title: theme }), theme));
  const named = item.categories.slice(0, 4).map((name) => el("span", { class: "category" }, name));
  return [...dots, ...named];
}

/** First, last, invert, play: the row starts where it was and glides to where it is. */
function glide(row, was, place) {
  if (was) {
    const shift = was.top - row.offsetTop;
    if (shift) row.animate([{ transform: `translateY(${shift}px)` }, { transform: "none" }], { duration: 480, easing: EASE });
    return;
  }
  row.animate([{ opacity: 0, transform: "translateX(28px)" }, { opacity: 1, transform: "none" }], { duration: 420, delay: 160 + 18 * place, easing: EASE, fill: "backwards" });
}

function fade(list, row, top) {
  row.classList.add("leaving");
  row.inert = true;
  hand(row, "top", `${top}px`);
  list.append(row);
  const gone = row.animate([{ opacity: 1 }, { opacity: 0, transform: "translateX(-36px)" }], { duration: 180, easing: "ease-in" });
  gone.onfinish = gone.oncancel = () => row.remove();
}

/** Grey rows while the first slate is under way. */
export function expectSlate(list, rows) {
  list.replaceChildren(...Array.from({ length: rows }, () => el("li", { class: "ghost tall", "aria-hidden": "true" })));
}

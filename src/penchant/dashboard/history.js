/** What somebody did, newest first. */

import { calm, el } from "./dom.js";
import { toned } from "./tones.js";
import { ago, day, deed } from "./words.js";

const SHOWN = 20;

/** List the last of `events` in `place` as of `at`; those that were not there before light up. */
export function showHistory(place, events, at, fresh = false) {
  const before = new Set([...place.children].map((row) => row.dataset.event));
  place.replaceChildren(...events.slice(0, SHOWN).map((event) => row(event, at)));
  if (!fresh || calm()) return;
  for (const line of place.children) if (!before.has(line.dataset.event)) line.classList.add("lit");
}

function row(event, at) {
  const what = event.title || event.item || event.text || "nothing named";
  return el(
    "li",
    { "data-event": event.id, class: event.weight < 0 ? "against" : "" },
    el("span", { class: "dots" }, ...event.themes.slice(0, 2).map((theme) => toned(el("i", { class: "dot", title: theme }), theme))),
    el("span", { class: "what" }, what),
    el("span", { class: "did" }, deed(event.action, event.value)),
    el("time", { datetime: new Date(event.time * 1000).toISOString(), title: day(event.time) }, ago(event.time, at)),
  );
}

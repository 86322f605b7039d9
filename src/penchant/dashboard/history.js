/** What somebody did and set, newest first. */

import { calm, el } from "./dom.js";
import { toned } from "./tones.js";
import { ago, day, deed, isControl, settings } from "./words.js";

const SHOWN = 20;

/**
 * List the last of `events` in `place` as of `at`; those that were not there before light up if it is `fresh`. `names` are what
 * interests are called, by id.
 */
export function showHistory(place, events, at, names, fresh = false) {
  const before = new Set([...place.children].map((row) => row.dataset.event));
  const set = settings(events.filter(isControl), names);
  const told = events.filter((event) => !isControl(event) || set.has(event.id)).slice(0, SHOWN);
  place.replaceChildren(...told.map((event) => row(event, at, set.get(event.id))));
  if (!told.length) place.append(el("li", { class: "empty" }, "Nothing happened yet."));
  if (!fresh || calm()) return;
  for (const line of place.children) if (!before.has(line.dataset.event)) line.classList.add("lit");
}

function row(event, at, setting) {
  const [what, did] = setting ?? [event.title || event.item || event.text || "nothing named", deed(event.action, event.value)];
  return el(
    "li",
    { "data-event": event.id, class: setting ? "setting" : event.weight < 0 ? "against" : "" },
    el("span", { class: "dots" }, ...event.themes.slice(0, 2).map((theme) => toned(el("i", { class: "dot", title: theme }), theme))),
    el("span", { class: "what", title: what }, what),
    el("span", { class: "did" }, did),
    el("time", { datetime: new Date(event.time * 1000).toISOString(), title: day(event.time) }, ago(event.time, at)),
  );
}

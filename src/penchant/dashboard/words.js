/** Numbers, times and reasons as a person would say them. Times are epoch seconds, shown in UTC. */

const format = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
const DAY = format({ day: "numeric", month: "short", year: "numeric" });
const MONTH = format({ month: "short", year: "numeric" });
const CLOCK = format({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

export const day = (time) => DAY.format(time * 1000);
export const month = (time) => MONTH.format(time * 1000);
export const clock = (time) => CLOCK.format(time * 1000);

const STEPS = [["day", 86_400], ["hour", 3_600], ["minute", 60]];

/** How long before `at` something was; the date once that says more. */
export function ago(time, at) {
  const past = at - time;
  if (past >= 45 * 86_400) return day(time);
  const [unit, length] = STEPS.find(([, seconds]) => past >= seconds) ?? [];
  if (!unit) return "just now";
  const count = Math.floor(past / length);
  return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
}

/** How long a stretch of time is. */
export function stretch(seconds) {
  const months = seconds / (30.44 * 86_400);
  if (months >= 24) return `${(months / 12).toFixed(1).replace(".0", "")} years`;
  if (months >= 2) return `${Math.round(months)} months`;
  const days = Math.round(seconds / 86_400);
  return days > 1 ? `${days} days` : "one sitting";
}

export const percent = (share) => (share > 0 && share < 0.005 ? "<1%" : `${Math.round(100 * share)}%`);
export const count = (number) => number.toLocaleString("en");
export const plural = (number, noun, more = false, many = `${noun}s`) => `${count(number)}${more ? "+" : ""} ${number === 1 ? noun : many}`;

/** How surely a change is one, from its false discovery rate. */
export const surely = (q) => (q < 0.001 ? "hardly by chance" : q < 0.01 ? "very unlikely by chance" : "unlikely by chance");

/** Milliseconds with as many digits as mean something. */
export const millis = (time) => `${time < 10 ? time.toFixed(1) : Math.round(time)} ms`;

const DONE = { view: "seen", click: "clicked", like: "liked", dislike: "disliked", purchase: "bought", search: "searched", skip: "skipped", pin: "pinned", mute: "muted" };

/** What somebody did, from an event's action and value. */
export function deed(action, value = null) {
  if (value !== null && (action === "rate" || action === "review")) return `${action === "rate" ? "rated" : "reviewed"} ${value}`;
  return DONE[action] ?? action;
}

const CONTROL = "control:";

/** Whether an event says what somebody set, rather than what they did. */
export const isControl = (event) => event.action.startsWith(CONTROL);

const TOLD = { pause: "Learning paused", resume: "Learning goes on", reset: "Started over" };
const UNDONE = { pin: "unpinned", mute: "unmuted" };

/**
 * Control events, newest first, as event id -> [what, how]: lists by what came and what went, `names` being what interests are called.
 * Words are stored with each item they were taken to mean, and told once.
 */
export function settings(events, names) {
  const told = new Map();
  const lists = { pin: [], mute: [] };
  const said = new Set();
  for (const event of [...events].reverse()) {
    const kind = event.action.slice(CONTROL.length);
    if (kind in TOLD) told.set(event.id, [TOLD[kind], ""]);
    else if (kind === "seed") told.set(event.id, [event.title || event.item, "kept as a taste"]);
    else if (kind === "wish" && !said.has(event.text)) told.set(event.id, [`“${event.text}”`, "kept as a taste"]);
    if (kind === "wish") said.add(event.text);
    if (!(kind in lists)) continue;
    const ids = JSON.parse(event.text ?? "[]");
    const [came, went] = [ids.filter((id) => !lists[kind].includes(id)), lists[kind].filter((id) => !ids.includes(id))];
    if (came.length || went.length) told.set(event.id, [listed(came.length ? came : went, names), came.length ? deed(kind) : UNDONE[kind]]);
    lists[kind] = ids;
  }
  return told;
}

function listed(ids, names) {
  const known = ids.map((id) => names.get(id) ?? id.replace(/^category:/, ""));
  return known.length > 2 ? `${known[0]} and ${count(known.length - 1)} more` : known.join(" and ");
}

const SAID = 0.12; // of an item's reasons: less is not worth a word

/** Reasons as pieces of a sentence, [text, is a title]: "Because of Heat and Alien · popular lately". */
export function because(reasons) {
  const whole = reasons.reduce((sum, reason) => sum + reason.value, 0);
  const said = reasons.filter((reason, place) => place === 0 || reason.value >= SAID * whole);
  const items = said.filter((reason) => reason.kind === "item");
  const rest = said.filter((reason) => reason.kind !== "item");
  const phrases = rest.map((reason) => [[reason.kind === "text" ? "fits what you asked for" : reason.label, false]]);
  if (items.length) {
    const titles = items.flatMap((reason, place) => [[joint(place, items.length), false], [reason.label || reason.id, true]]);
    phrases.splice(said[0].kind === "item" ? 0 : 1, 0, [["because of", false], ...titles]);
  }
  const pieces = phrases.flatMap((phrase, place) => (place ? [[" · ", false], ...phrase] : phrase));
  if (pieces.length) pieces[0] = [pieces[0][0].charAt(0).toUpperCase() + pieces[0][0].slice(1), pieces[0][1]];
  return pieces;
}

function joint(place, length) {
  if (place === 0) return " ";
  return place === length - 1 ? " and " : ", ";
}

/** A trend (log2 of the share lately to the share over a year) as an arrow and in words. */
export function trend(value) {
  const times = 2 ** Math.abs(value);
  if (Math.abs(value) < 0.3) return ["→", "about as much as usual"];
  const much = times >= 10 ? Math.round(times) : times.toFixed(1);
  if (value > 0) return [value > 1 ? "↑" : "↗", `${much} times the usual share lately`];
  return [value < -1 ? "↓" : "↘", `the usual share was ${much} times this`];
}

export const HORIZON = { session: "this hour", short: "this week", long: "this year" };

/** A shift in words. */
export function shifted({ kind, from, to, effect }) {
  const change = `${effect > 0 ? "+" : ""}${percent(effect)}`;
  if (kind === "migrated") return `moved from ${from.label} to ${to.label} (${change})`;
  if (kind === "excursion") return `a passing excursion to ${to.label}`;
  return `${(to ?? from).label} ${kind} (${change})`;
}

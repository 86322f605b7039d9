/** What people set themselves: interests pinned or muted, learning paused, everything forgotten, a taste kept. */

import { control, controlsOf } from "./api.js";
import { byId, el } from "./dom.js";
import { ago, day, plural } from "./words.js";

let before = Promise.resolve();

/** Pin or mute (`kind`) one interest of `user`, or take that back; what is pinned cannot be muted, and the other way round. */
export function keepTo(user, kind, id, on) {
  const mine = before.then(async () => control(user, changed(await controlsOf(user), kind, id, on)));
  before = mine.catch(() => null); // lists are replaced whole: two quick clicks must not read the same one
  return mine;
}

/** The lists to set so that `id` is of `kind` or is not, from those there are. */
export function changed(set, kind, id, on) {
  const other = { pin: "mute", mute: "pin" }[kind];
  const mine = set[kind].filter((one) => one !== id);
  const change = { [kind]: on ? [...mine, id] : mine };
  if (on && set[other].includes(id)) change[other] = set[other].filter((one) => one !== id);
  return change;
}

/** Buttons under the interests of an `account`, as `set` stands; `steer(change, words)` is called with what to change. */
export function showControls(place, account, set, steer) {
  const paused = set.paused_since !== null;
  const pause = { pause: !paused };
  const words = paused ? "Learning goes on" : "Learning is paused: what is done now leaves no trace";
  const turn = button(paused ? "Go on learning" : "Pause learning", "turn", () => steer(pause, words));
  const over = button("Start over", "over", () => sure(place, account, set, steer));
  redrawn(place, turn, over, unseen(account, set, steer), tastes(set));
}

/** What is muted and in no row above, where it could be taken back. */
function unseen(account, set, steer) {
  const rows = new Set(account.interests.map((interest) => interest.id));
  const left = set.mute.filter((id) => !rows.has(id));
  if (!left.length) return null;
  const words = plural(left.length, "muted interest");
  return button(`Unmute ${words} not seen here`, "unseen", () => steer({ mute: set.mute.filter((id) => rows.has(id)) }, `No longer muted: ${words}`));
}

function tastes(set) {
  const told = set.seeds.map((seed) => (seed.text ? `“${seed.text}”` : null)).filter(Boolean);
  return told.length ? el("p", { class: "faint told" }, `Kept as a taste: ${[...new Set(told)].slice(-3).join(", ")}`) : null;
}

/** Ask in place whether they mean it; the keyboard lands on the answer that changes nothing. */
function sure(place, account, set, steer) {
  const back = () => {
    showControls(place, account, set, steer);
    place.querySelector("[data-act=over]").focus();
  };
  const yes = button("Forget it", "yes", () => steer({ reset: true }, "Started over: what was learned until now is forgotten"));
  const no = button("Keep it", "no", back);
  yes.classList.add("grave");
  place.replaceChildren(
    el(
      "div",
      { class: "sure", role: "group", "aria-label": "Start over?", on: { keydown: (event) => event.key === "Escape" && back() } },
      el("span", {}, `Forget what was learned of ${account.user}? Pins and mutes stay.`),
      yes,
      no,
    ),
  );
  no.focus();
}

const button = (words, act, click) => el("button", { type: "button", class: "quiet small", "data-act": act, on: { click } }, words);

/** Replace what is in `place`; the keyboard stays on the button of the same act, or the first. */
function redrawn(place, ...nodes) {
  const held = place.contains(document.activeElement) ? document.activeElement.dataset.act : null;
  place.replaceChildren(...nodes.filter(Boolean));
  if (held) (place.querySelector(`[data-act=${held}]`) ?? place.firstElementChild).focus({ preventScroll: true });
}

/** Empty the banner; a keyboard that was in it goes on where the same can be done. */
function left(banner) {
  const held = banner.contains(document.activeElement);
  banner.replaceChildren();
  if (held) byId("controls").querySelector("[data-act=turn]")?.focus({ preventScroll: true });
}

/** A banner for as long as learning is paused. */
export function showPause(banner, { user, at }, set, steer) {
  banner.hidden = set.paused_since === null;
  if (banner.hidden) return left(banner);
  const since = at - set.paused_since < 45 * 86_400 ? ago(set.paused_since, at) : `since ${day(set.paused_since)}`;
  redrawn(
    banner,
    el("span", {}, el("b", {}, "Learning is paused"), el("span", { class: "more" }, ` (${since}): what ${user} does leaves no trace.`)),
    button("Go on learning", "turn", () => steer({ pause: false }, "Learning goes on")),
  );
}

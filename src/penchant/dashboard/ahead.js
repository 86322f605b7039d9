/** What somebody is expected to do in the month to come, beside what they did lately. */

import { forecastOf } from "./api.js";
import { byId, el, hand } from "./dom.js";
import { toned } from "./tones.js";
import { percent } from "./words.js";

const AHEAD = "P30D";
const MOST = 7;
const FAINT = 0.02; // shares now and then below which a theme is not worth a line
const BASIS = { "own past": "from their own past", "own past and everybody": "from their own past and everybody's", everybody: "from what everybody does" };

const LEGEND = "Lines show the share lately, dots the share expected, bands where it will be four times in five.";

/** Show what is expected of `user`, unless the page is about somebody else by then; hide the part where nothing can be. */
export async function showAhead(user, theirs) {
  const answer = await forecastOf(user, AHEAD).catch(() => null); // for a stranger there is none, and the page says so elsewhere
  if (!theirs(user)) return;
  const topics = (answer?.topics ?? []).filter(({ share, now }) => Math.max(share, now) >= FAINT).slice(0, MOST);
  byId("ahead").ariaBusy = false;
  byId("ahead").hidden = !topics.length;
  if (!topics.length) return;
  const top = Math.max(...topics.map((topic) => Math.max(topic.high, topic.now)), 1e-9);
  byId("ahead-span").textContent = `in the next 30 days, ${BASIS[answer.basis] ?? ""}`;
  byId("expected").replaceChildren(el("ul", {}, ...topics.map((topic) => row(topic, top))), el("p", { class: "faint" }, LEGEND));
}

function row(topic, top) {
  const words = `${percent(topic.now)} lately, ${percent(topic.share)} expected, between ${percent(topic.low)} and ${percent(topic.high)} four times in five`;
  const track = toned(el("span", { class: "track", "aria-hidden": "true" }, el("i", { class: "span" }), el("i", { class: "was" }), el("i", { class: "will" })), topic.label);
  const marks = { "--low": topic.low, "--high": topic.high, "--now": topic.now, "--share": topic.share };
  for (const [name, value] of Object.entries(marks)) hand(track, name, value / top);
  return el(
    "li",
    { class: "topic", title: `${topic.label}: ${words}` },
    el("span", { class: "label" }, topic.label),
    track,
    el("span", { class: "shares", "aria-hidden": "true" }, el("span", { class: "faint" }, percent(topic.now)), ` ${arrow(topic)} `, el("b", {}, percent(topic.share))),
    el("span", { class: "unseen" }, words),
  );
}

/** Up or down where the interval leaves out what is now, level where it does not. */
const arrow = ({ now, low, high }) => (now < low ? "↗" : now > high ? "↘" : "→");

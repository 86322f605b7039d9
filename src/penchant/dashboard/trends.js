/** Topics with a larger or a smaller part in what everybody does than before. */

import { el, hand } from "./dom.js";
import { toned } from "./tones.js";
import { count, day, percent, plural, surely } from "./words.js";

const MOST = 6; // of either kind
const ARROW = { up: "↗", down: "↘", level: "→" };

/** Show what rises and what fades, in `place`; where nothing does, or too few people are there to tell, say so. */
export function showTrends(place, answer) {
  const days = plural(Math.round(answer.window / 86_400), "day");
  const head = el("h3", {}, "Rising and fading", el("span", { class: "aside" }, ` the ${days} to ${day(answer.at - 1)} against as many before`));
  if (answer.people === null || answer.people_before === null) return place.replaceChildren(head, say(`Fewer than ${answer.floor} people did something in either period: too few to tell.`));
  const [rising, fading] = ["rising", "fading"].map((way) => answer.trends.filter((trend) => trend.direction === way));
  const steady = answer.trends.filter((trend) => trend.direction === "steady");
  const some = rising.length + fading.length > 0;
  const shown = some ? [...rising, ...fading] : steady.slice(0, MOST);
  const top = Math.max(...shown.map((trend) => Math.max(trend.share ?? 0, trend.share_before ?? 0)), 1e-9);
  const none = `Nothing beyond chance: ${plural(steady.length, "topic")} kept the part they had, as far as ${count(answer.people)} people can tell.`;
  const groups = some ? [group("Rising", "up", rising, top), group("Fading", "down", fading, top)] : [say(none), group("The largest", "level", shown, top)];
  const rest = some ? `${plural(steady.length, "topic")} without a change beyond chance. ` : "";
  place.replaceChildren(head, ...groups, say(`${rest}${hidden(answer)}Bars show the share now, lines the share before.`));
}

const say = (words) => el("p", { class: "faint" }, words);

const hidden = ({ left_out, floor }) => (left_out ? `${plural(left_out, "topic")} of fewer than ${floor} people not shown. ` : "");

function group(title, way, trends, top) {
  const more = trends.length > MOST ? say(`and ${count(trends.length - MOST)} more`) : null;
  const list = trends.length ? el("ul", {}, ...trends.slice(0, MOST).map((trend) => row(trend, way, top))) : say("nothing beyond chance");
  return el("div", { class: `way ${way}` }, el("h4", {}, title), list, more);
}

/** A topic with its share before, as a line, and now, as a bar; what is of too few people to be told is null. */
function row(trend, way, top) {
  const bar = toned(el("span", { class: "track", "aria-hidden": "true" }, el("i", { class: "now" }), el("i", { class: "was" })), trend.label);
  hand(hand(bar, "--share", (trend.share ?? 0) / top), "--now", (trend.share_before ?? 0) / top);
  return el(
    "li",
    { class: "topic" },
    el("span", { class: "label", title: trend.label }, trend.label),
    bar,
    el("span", { class: "shares" }, el("span", { class: "faint" }, tenths(trend.share_before)), el("span", { class: way }, ` ${ARROW[way]} `), el("b", {}, tenths(trend.share))),
    el("span", { class: "said" }, sentence(trend)),
  );
}

const tenths = (share) => (share === null ? "few" : share < 0.0995 ? `${(100 * share).toFixed(1)}%` : percent(share));

/** How far it moved, how surely, and who was there, in words. */
function sentence(trend) {
  const who = trend.people === null ? "" : `${plural(trend.people, "person", false, "people")}`;
  if (trend.ratio === null || trend.low === null) return who;
  const within = trend.high === null ? `${times(trend.low)} or more` : `${times(trend.low)} to ${times(trend.high)}`;
  const season = trend.seasonal ? ", as a year before" : "";
  const sure = trend.direction === "steady" ? "" : `, ${surely(trend.q)}`;
  return `${times(trend.ratio)} times the share (${within})${sure}${season} · ${who}`;
}

const times = (ratio) => (ratio >= 10 ? Math.round(ratio) : ratio.toFixed(2).replace(/0$/, ""));

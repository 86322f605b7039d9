/** People by what they came for first: how many came back, and what they are into now. */

import { el, hand } from "./dom.js";
import { toned } from "./tones.js";
import { count, percent } from "./words.js";

const MOST = 8;
const NOW = 3; // topics told of each
const SPANS = [["after a week", 7], ["a month", 30], ["a quarter", 91]];

/** Show the largest groups in `place`; where all are too small to be told, say so. */
export function showCohorts(place, answer) {
  const head = el("h3", {}, "What people came for", el("span", { class: "aside" }, " and how many of them were back"));
  if (!answer.cohorts.length) return place.replaceChildren(head, el("p", { class: "faint" }, `No topic brought ${answer.floor} people: too few to tell.`));
  const titles = ["First visit about", "people", ...SPANS.map(([name]) => name), "into now"];
  const top = Math.max(...answer.cohorts.flatMap((cohort) => cohort.returned.map((back) => back.share ?? 0)), 1e-9);
  place.replaceChildren(
    head,
    el(
      "div",
      { class: "scroll" },
      el(
        "table",
        {},
        el("thead", {}, el("tr", {}, ...titles.map((title) => el("th", { scope: "col" }, title)))),
        el("tbody", {}, ...answer.cohorts.slice(0, MOST).map((cohort) => row(cohort, top))),
      ),
    ),
    note(answer),
  );
}

function note({ joined, floor, cohorts }) {
  const more = cohorts.length > MOST ? [`${count(cohorts.length - MOST)} smaller groups left out`] : [];
  const few = joined ? [`${count(joined)} topics of fewer than ${floor} people joined or left out`] : [];
  const words = [...more, ...few].join("; ");
  return words ? el("p", { class: "faint" }, `${words}.`) : "";
}

function row(cohort, top) {
  const shares = SPANS.map(([, days]) => cohort.returned.find((back) => Math.round(back.after / 86_400) === days));
  const into = cohort.now.slice(0, NOW).map((topic) => topic.label.split(" · ")[0]).join(" · ");
  const mark = toned(el("i", { class: "dot" }), cohort.label);
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, el("span", { class: "cohort", title: cohort.label }, mark, ` ${cohort.label}`)),
    el("td", {}, count(cohort.people)),
    ...shares.map((back) => share(back, top)),
    el("td", { class: "into", title: cohort.now.map((topic) => `${topic.label}: ${percent(topic.share)}`).join("\n") }, into || "–"),
  );
}

function share(back, top) {
  if (!back || back.share === null) return el("td", { class: "back" }, el("span", { title: "too few people to tell" }, "–"));
  const bar = hand(el("i", { class: "depth", "aria-hidden": "true" }), "--part", back.share / top);
  return el("td", { class: "back", title: `between ${percent(back.low)} and ${percent(back.high)}` }, bar, el("span", {}, percent(back.share)));
}

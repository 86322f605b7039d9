/** Somebody in words: who they are, what changed and what may come, each sentence with how many events show it. */

import { showAhead } from "./ahead.js";
import { portraitOf } from "./api.js";
import { byId, el } from "./dom.js";
import { day, plural } from "./words.js";

const LANGUAGES = { en: "English", zh: "中文" };
const BY = { generator: "put into words by a language model, and checked against its facts", template: "put into words by rule" };
const KINDS = { now: "Now", changed: "Changed", ahead: "Ahead" };

let wanted = null; // the language that was asked for; the catalog's until then

/** Show what is expected of `user`, and the user in words. */
export const tellOf = (user, theirs) => Promise.all([showAhead(user, theirs), showPortrait(user, theirs)]);

/** Show the portrait of `user`, unless the page is about somebody else by then; hide the part where nothing can be said. */
async function showPortrait(user, theirs) {
  const told = await portraitOf(user, wanted).catch(() => null); // for a stranger there is none, and the page says so elsewhere
  if (!theirs(user)) return;
  byId("portrait").hidden = !told?.claims.length;
  if (!told?.claims.length) return;
  byId("portrait-when").textContent = `drawn ${day(told.at)}`;
  const kinds = Object.keys(KINDS).filter((kind) => told.claims.some((claim) => claim.kind === kind));
  byId("words").lang = told.language;
  byId("words").replaceChildren(...kinds.map((kind) => paragraph(told, kind)));
  const other = told.language === "zh" ? "en" : "zh";
  const swap = () => ((wanted = other), showPortrait(user, theirs));
  byId("tongue").replaceChildren(el("button", { type: "button", class: "quiet small", lang: other, on: { click: swap } }, LANGUAGES[other]));
}

function paragraph(told, kind) {
  const gap = told.language === "zh" ? "" : " ";
  const claims = told.claims.filter((claim) => claim.kind === kind);
  return el("p", { class: `said ${kind}` }, el("b", { class: "faint", lang: "en" }, `${KINDS[kind]} `), ...claims.map((claim) => sentence(claim, gap)));
}

const sentence = (claim, gap) => el("span", { title: `${plural(claim.evidence.length, "event")} shown; ${BY[claim.by]}` }, claim.text + gap);

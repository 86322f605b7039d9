/** Examples of what can be asked, from what the catalog holds. */

import { itemsOf, popular } from "./api.js";
import { el } from "./dom.js";

const SAMPLE = 1000; // items whose categories are looked at
const SHOWN = 3;
const SAID = [
  [/^sci-?fi$/i, "我非常喜欢看科幻电影，特别是那些关于外星人的故事"],
  [/^western$/i, "a western with gunfights"],
  [/^animation$/i, "适合全家一起看的动画片"],
]; // category, and what somebody may ask of it

/** Sentences for a catalog of these categories; where none has words of its own, by the popular items, each of another category. */
export function sentences(categories, items) {
  const found = SAID.filter(([pattern]) => categories.some((category) => pattern.test(category))).map(([, sentence]) => sentence);
  const seen = new Set();
  for (const { title, categories: own } of items) {
    if (!title || (own.length && seen.has(own[0]))) continue;
    seen.add(own[0]);
    found.push(`something like ${title}`);
  }
  return found.slice(0, SHOWN);
}

/** Fill `place` with examples; `ask(text)` is called with the one chosen. Without an answer there are none. */
export async function showExamples(place, ask) {
  const [sample, slate] = await Promise.all([itemsOf(SAMPLE), popular(20)]).catch(() => []);
  if (!slate) return;
  const categories = [...new Set(sample.items.flatMap((item) => item.categories))];
  const chip = (text) => el("button", { type: "button", class: "chip", on: { click: () => ask(text) } }, text);
  place.replaceChildren(...sentences(categories, slate.items).map(chip));
}

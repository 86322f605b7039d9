/** Whether the service answers, in the foot of the page. */

import { health } from "./api.js";
import { byId } from "./dom.js";

const EVERY = 20_000; // milliseconds

/** Look now, and again and again while the page is seen. */
export function watchHealth() {
  look();
  setInterval(() => document.hidden || look(), EVERY);
}

async function look() {
  const place = byId("health");
  const answer = await health().catch(() => null);
  place.className = `health ${answer ? "well" : "ill"}`;
  place.lastElementChild.textContent = answer ? "service is well" : "service does not answer";
  if (answer) byId("version").textContent = `Penchant ${answer.version}`;
}

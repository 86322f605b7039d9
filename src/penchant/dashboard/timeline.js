/** A user's interests through their life, from their first event to their last. */

import * as api from "./api.js";
import { sharesOf } from "./stream.js";

const POINTS = 48;
const cache = new Map(); // user -> promise of the timeline

/** {from, to, points: [{at, shares}], shifts}; the same promise each time. */
export function timelineOf(user) {
  if (!cache.has(user)) {
    const asked = walk(user);
    cache.set(user, asked);
    asked.catch(() => cache.delete(user)); // so that trying again tries again
  }
  return cache.get(user);
}

/** Forget what was asked about a user, to have it asked again. */
export const forget = (user) => cache.delete(user);

async function walk(user) {
  const [{ points }, { shifts }] = await Promise.all([api.timelineOf(user, POINTS), api.shiftsOf(user)]);
  return { from: points[0].at, to: points.at(-1).at, points: points.map((point) => ({ at: point.at, shares: sharesOf(point) })), shifts };
}

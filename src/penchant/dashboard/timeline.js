/** A user's interests through their life: the account asked for at evenly spread past times. */

import { accountOf, pooled } from "./api.js";
import { sharesOf } from "./stream.js";

const POINTS = 24;
const WIDTH = 4; // requests at a time
const cache = new Map(); // user -> promise of the timeline

/** {from, to, points: [{at, shares}]} between the first and last event that `account` knows of; the same promise each time. */
export function timelineOf(user, account) {
  if (!cache.has(user)) {
    const asked = walk(user, account);
    cache.set(user, asked);
    asked.catch(() => cache.delete(user)); // so that trying again tries again
  }
  return cache.get(user);
}

/** Forget what was asked about a user, to have it asked again. */
export const forget = (user) => cache.delete(user);

async function walk(user, account) {
  const from = Math.min(...account.interests.map((interest) => interest.since));
  const to = Math.max(...account.interests.map((interest) => interest.last_seen));
  if (!(to > from)) return { from, to, points: [] };
  const times = Array.from({ length: POINTS }, (_, place) => (place < POINTS - 1 ? from + ((to - from) * place) / (POINTS - 1) : to));
  const accounts = await pooled(times, WIDTH, (at) => accountOf(user, at));
  return { from, to, points: accounts.map((found, place) => ({ at: times[place], shares: sharesOf(found) })) };
}

/** The geometry of the stream chart: shares over time to stacked bands. No page in here, only numbers. */

export const OTHER = "everything else";

/** What an interest is drawn as: its theme, if it has one. */
export const themeOf = ({ theme, label }) => theme ?? label;

/** An account's interests as theme -> part of what they are into. */
export function sharesOf(account) {
  const shares = new Map();
  for (const interest of account.interests) shares.set(themeOf(interest), (shares.get(themeOf(interest)) ?? 0) + interest.share);
  return shares;
}

/** The `most` labels with the largest shares over all points, largest first: a short passion counts by its height, too. */
export function leading(points, most) {
  const weight = new Map();
  for (const { shares } of points) {
    for (const [label, share] of shares) {
      const [sum, peak] = weight.get(label) ?? [0, 0];
      weight.set(label, [sum + share / points.length, Math.max(peak, share)]);
    }
  }
  const rank = ([, [mean, peak]]) => mean + 0.25 * peak;
  return [...weight].sort((one, two) => rank(two) - rank(one)).slice(0, most).map(([label]) => label);
}

/** For each label and then everything else, its [lower, upper] edge at every point, as parts of 1. */
export function stack(points, labels) {
  const floors = points.map(() => 0);
  return [...labels, OTHER].map((label) => {
    const edges = points.map(({ shares }, place) => {
      const lower = floors[place];
      const known = shares.size > 0;
      const upper = label === OTHER ? (known ? 1 : lower) : Math.min(1, lower + (shares.get(label) ?? 0));
      floors[place] = upper;
      return [lower, upper];
    });
    return { label, edges };
  });
}

/** The outline of a band as an SVG path. Curves level off at every point, so that stacked bands never cross. */
export function ribbon(xs, lower, upper) {
  const there = curve(xs, upper);
  const back = curve([...xs].reverse(), [...lower].reverse());
  return `M${xs[0]},${upper[0]}${there}L${xs.at(-1)},${lower.at(-1)}${back}Z`;
}

function curve(xs, ys) {
  let path = "";
  for (let place = 1; place < xs.length; place++) {
    const middle = (xs[place - 1] + xs[place]) / 2;
    path += `C${round(middle)},${round(ys[place - 1])} ${round(middle)},${round(ys[place])} ${round(xs[place])},${round(ys[place])}`;
  }
  return path;
}

export const round = (number) => Math.round(number * 10) / 10;

/** How many `times` fall into each of `bins` equal parts of [from, to]. */
export function histogram(times, from, to, bins) {
  const counts = new Array(bins).fill(0);
  for (const time of times) {
    if (time >= from && time <= to) counts[Math.min(bins - 1, Math.floor((bins * (time - from)) / (to - from || 1)))]++;
  }
  return counts;
}

const MONTHS = [1, 2, 3, 6, 12, 24, 60, 120];
const SECONDS = [60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600];

/** Round times for about `most` ticks of an axis over [from, to], in UTC. */
export function ticks(from, to, most) {
  const step = SECONDS.find((seconds) => (to - from) / seconds <= most);
  if (step) return Array.from({ length: most + 1 }, (_, place) => (Math.ceil(from / step) + place) * step).filter((time) => time <= to);
  const months = MONTHS.find((length) => (to - from) / (length * 2_629_800) <= most) ?? MONTHS.at(-1);
  const start = new Date(from * 1000);
  const found = [];
  for (let place = months * Math.floor(start.getUTCMonth() / months); ; place += months) {
    const time = Date.UTC(start.getUTCFullYear(), place, 1) / 1000;
    if (time > to) return found;
    if (time >= from) found.push(time);
  }
}

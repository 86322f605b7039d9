/** What everybody does, loaded once somebody scrolls to it: trends, flows between topics, and what people came for. */

import * as api from "./api.js";
import { showCohorts } from "./cohorts.js";
import { byId, el, tell } from "./dom.js";
import { showFlows } from "./flows.js";
import { showTrends } from "./trends.js";
import { plural } from "./words.js";

const NEAR = "240px"; // how close to the window the panel is when it begins to load

/** Load the panel when it is about to be seen. */
export function watchEverybody() {
  expect();
  const watcher = new IntersectionObserver(
    (seen) => {
      if (!seen.some((entry) => entry.isIntersecting)) return;
      watcher.disconnect();
      load();
    },
    { rootMargin: NEAR },
  );
  watcher.observe(byId("everybody"));
}

async function load() {
  tell(byId("everybody-problem"));
  expect();
  try {
    const [trends, flows, cohorts] = await Promise.all([api.trends(), api.flows(), api.cohorts()]);
    byId("everybody-span").textContent = trends.people === null ? "" : `${plural(trends.people, "person", false, "people")} in the last ${days(trends.window)}`;
    const [rising, moved, came] = ["trends", "flows", "cohorts"].map((name) => el("div", { class: `part ${name}` }));
    byId("whole").replaceChildren(rising, moved, came);
    byId("whole").ariaBusy = false;
    showTrends(rising, trends);
    showFlows(moved, flows);
    showCohorts(came, cohorts);
  } catch (error) {
    byId("whole").replaceChildren();
    tell(byId("everybody-problem"), error, load);
  }
}

const days = (seconds) => plural(Math.round(seconds / 86_400), "day");

function expect() {
  byId("whole").ariaBusy = true;
  byId("whole").replaceChildren(el("div", { class: "ghosts", "aria-hidden": "true" }, ...Array.from({ length: 6 }, () => el("span", { class: "ghost" }))));
}

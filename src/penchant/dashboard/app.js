/** The page: whose it is, what they asked for, and the parts that follow. */

import * as api from "./api.js";
import { drawChart, drawNothing, moveNow } from "./chart.js";
import { byId, el, tell } from "./dom.js";
import { showHistory } from "./history.js";
import { expectInterests, noInterests, showInterests, showNearest } from "./interests.js";
import { stranger, suggestUsers, visitor } from "./people.js";
import { expectSlate, showSlate } from "./slate.js";
import { TONES, assignTones, welcome } from "./tones.js";
import { leading, sharesOf } from "./stream.js";
import { forget, timelineOf } from "./timeline.js";
import { ago, day, millis, plural, stretch } from "./words.js";

const K = 10; // items of a slate
const PAST = 1000; // events asked for: the list shows few, the chart counts all
const EXAMPLES = ["我非常喜欢看科幻电影，特别是那些关于外星人的故事", "a quiet film about growing up", "适合全家一起看的动画片"];
const HEALTH = 20_000; // milliseconds

const page = { user: null, mood: null, slate: null, known: false, turn: 0 };

/** Whether the slate is still the one asked for at `turn`: answers that come too late are dropped. */
const current = (turn) => turn === page.turn;

/** Whether the page is still about `user`, whatever the slate shows. */
const theirs = (user) => user === page.user;

async function open(user) {
  const turn = ++page.turn;
  Object.assign(page, { user, mood: null, slate: null, known: true });
  byId("user").value = user;
  byId("text").value = "";
  remember();
  heading();
  expectSlate(byId("picks"), K);
  expectInterests(byId("interests"));
  byId("news").textContent = "";
  await Promise.all([recommend(turn), life(user)]);
}

async function recommend(turn) {
  try {
    const slate = await (page.mood ? api.slateAbout(page.mood, K) : api.slateFor(page.user, K));
    if (!current(turn)) return;
    tell(byId("slate-problem"));
    present(slate);
  } catch (error) {
    if (!current(turn)) return;
    byId("picks").replaceChildren();
    tell(byId("slate-problem"), error, () => recommend(turn));
  }
}

function present(slate, animate = false) {
  page.slate = slate;
  const change = showSlate(byId("picks"), slate.items, take, { animate });
  if (!slate.items.length) tell(byId("slate-problem"), new Error("Nothing is left to recommend: everything was had, or is hidden."));
  return change;
}

/** Everything about a user beside the slate: interests now, their course, and the history. */
async function life(user) {
  const asked = Promise.all([api.accountOf(user), api.eventsOf(user, PAST)]);
  try {
    const [account, past] = await asked;
    if (!theirs(user)) return;
    about(account, past.events);
    await course(user, account, past.events);
  } catch (error) {
    if (!theirs(user)) return;
    if (error.kind === "unknown-user") return stranded();
    for (const place of ["interests", "nearest", "deeds"]) byId(place).replaceChildren();
    drawNothing("");
    tell(byId("now-problem"), error, () => life(user));
  }
}

function about(account, events, fresh = false) {
  page.known = true;
  tell(byId("now-problem"));
  heading();
  welcome(account.interests.map((interest) => interest.label));
  showInterests(byId("interests"), account);
  showNearest(byId("nearest"), account);
  showHistory(byId("deeds"), events, account.at, fresh);
  const last = events[0]?.time;
  byId("now-when").textContent = last === undefined ? "" : `as of ${day(account.at)}, last active ${ago(last, account.at)}`;
}

async function course(user, account, events) {
  const place = byId("course-problem");
  try {
    const line = await timelineOf(user, account);
    if (!theirs(user)) return;
    tell(place);
    if (line.points.length < 2) {
      byId("course-span").textContent = "";
      return drawNothing("One moment has no course yet; it shows once there is a second.");
    }
    const named = leading(line.points, TONES);
    assignTones(named);
    welcome(account.interests.map((interest) => interest.label));
    byId("course-span").textContent = `${plural(events.length, "event")} over ${stretch(line.to - line.from)}`;
    drawChart(byId("chart"), { ...line, times: events.map((event) => event.time), now: sharesOf(account) });
  } catch (error) {
    if (!theirs(user)) return;
    drawNothing("");
    tell(place, error, () => course(user, account, events));
  }
}

/** A visitor whom nobody has heard of. */
function stranded() {
  page.known = false;
  assignTones([]);
  heading();
  noInterests(byId("interests"), "No interests yet. Like something, and they begin.");
  byId("nearest").replaceChildren();
  byId("deeds").replaceChildren(el("li", { class: "empty" }, "Nothing happened yet."));
  byId("now-when").textContent = byId("course-span").textContent = "";
  drawNothing("The course of their interests appears here as they change.");
}

/** Somebody did something with an item: tell the service, and show what that changes. */
async function take(item, action, row) {
  const { turn, user } = page;
  row.classList.add("taken", action === "like" ? "liked" : "disliked");
  const start = performance.now();
  try {
    await api.observe({ user, item: item.item, action, slate: page.slate.slate });
    const accepted = performance.now();
    const slate = await api.slateFor(user, K);
    if (!current(turn)) return;
    const answered = performance.now();
    page.mood = null; // the answer to a click is the user's own slate
    byId("text").value = "";
    page.known = true;
    remember();
    heading();
    tell(byId("slate-problem"));
    report(present(slate, true), item, action, { stored: accepted - start, whole: answered - start });
    await follow(user);
  } catch (error) {
    row.classList.remove("taken", "liked", "disliked");
    if (current(turn)) tell(byId("slate-problem"), error);
  }
}

function report(change, item, action, times) {
  const title = item.title || item.item;
  const told = [change.came && `${change.came} new`, change.moved && `${change.moved} moved`].filter(Boolean).join(", ");
  const left = change.left.filter((name) => name !== title);
  const clause = [told || "nothing else moved", left.length ? `gone: ${left.slice(0, 3).join(", ")}` : ""].filter(Boolean).join("; ");
  byId("news").replaceChildren(
    el("b", { title: "from the click to the new slate, as this browser saw it" }, millis(times.whole)),
    el("span", {}, ` from ${action === "like" ? "liking" : "refusing"} `, el("cite", {}, title), ` to this slate, ${millis(times.stored)} of it to store the event: ${clause}.`),
  );
}

/** After an event: what changed beside the slate. The course is kept, its column for now moves. */
async function follow(user) {
  const [account, past] = await Promise.all([api.accountOf(user), api.eventsOf(user, PAST)]);
  if (!theirs(user)) return;
  about(account, past.events, true);
  if (byId("chart").life) return moveNow(byId("chart"), sharesOf(account));
  forget(user);
  await course(user, account, past.events);
}

async function ask(text) {
  const turn = ++page.turn;
  page.mood = text;
  byId("text").value = text;
  byId("news").textContent = "";
  remember();
  heading();
  byId("picks").setAttribute("aria-busy", "true");
  const start = performance.now();
  await recommend(turn);
  byId("picks").removeAttribute("aria-busy");
  if (current(turn) && page.slate) byId("slate-note").append(` Answered in ${millis(performance.now() - start)}.`);
}

function heading() {
  const asked = page.mood !== null;
  byId("slate-title").textContent = asked ? "For what you said" : page.known ? `For ${page.user}` : "For a new visitor";
  byId("back").hidden = !asked || page.user === null;
  byId("back").textContent = `Back to ${page.user}`;
  byId("slate-note").textContent = asked
    ? `“${page.mood}”`
    : page.known
      ? "Click what you like: the next slate answers at once."
      : "Nothing known yet: this is what is popular, in variety. Click what you like.";
  document.title = asked ? `${page.mood} · Penchant` : `${page.user ?? "Welcome"} · Penchant`;
}

/** Keep what is shown in the address, so that it can be passed on and gone back to. */
function remember() {
  const parts = new URLSearchParams();
  if (page.user !== null) parts.set("user", page.user);
  if (page.mood !== null) parts.set("text", page.mood);
  const hash = `#${parts}`;
  if (hash !== location.hash) history.pushState(null, "", hash);
}

async function follows() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const [user, text] = [asked.get("user"), asked.get("text")];
  if (user && user !== page.user) await open(user);
  else if (user && !text && page.mood !== null) await back();
  if (!user) await anyone(false);
  if (text && text !== page.mood) await ask(text);
}

async function anyone(surprise) {
  try {
    const found = await stranger({ surprise, except: surprise ? page.user : null });
    await open(found ?? visitor());
  } catch (error) {
    tell(byId("slate-problem"), error, () => anyone(surprise));
  }
}

async function back() {
  const turn = ++page.turn;
  page.mood = null;
  byId("text").value = "";
  remember();
  heading();
  await Promise.all([recommend(turn), life(page.user)]);
}

async function watchHealth() {
  const place = byId("health");
  const alive = await api.health().then((answer) => answer.status === "ok").catch(() => false);
  place.className = `health ${alive ? "well" : "ill"}`;
  place.lastElementChild.textContent = alive ? "service is well" : "service does not answer";
}

function begin() {
  suggestUsers(open);
  byId("anyone").addEventListener("click", () => anyone(true));
  byId("newcomer").addEventListener("click", () => open(visitor()));
  byId("back").addEventListener("click", back);
  byId("mood").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = byId("text").value.trim();
    if (text) ask(text);
  });
  byId("examples").append(...EXAMPLES.map((text) => el("button", { type: "button", class: "chip", on: { click: () => ask(text) } }, text)));
  addEventListener("popstate", follows);
  setInterval(() => document.hidden || watchHealth(), HEALTH);
  expectSlate(byId("picks"), K);
  expectInterests(byId("interests"));
  watchHealth();
  follows();
  api.version().then((number) => (byId("version").textContent = `Penchant ${number}`)).catch(() => {}); // a nicety only
}

begin();

/** The page: whose it is, what they asked for, and the parts that follow. */

import * as api from "./api.js";
import { drawChart, drawNothing, moveNow } from "./chart.js";
import { byId, el, tell } from "./dom.js";
import { showExamples } from "./examples.js";
import { showHistory } from "./history.js";
import { expectInterests, noInterests, showInterests, showNearest } from "./interests.js";
import { stranger, suggestUsers, visitor } from "./people.js";
import { expectSlate, showSlate } from "./slate.js";
import { TONES, assignTones, welcome } from "./tones.js";
import { leading, sharesOf, themeOf } from "./stream.js";
import { forget, timelineOf } from "./timeline.js";
import { ago, day, millis, plural, stretch } from "./words.js";

const K = 10; // items of a slate
const PAST = 1000; // events asked for: the list shows few, the chart counts all
const RECENT = 100; // the same after a click, when the chart stays
const HEALTH = 20_000; // milliseconds
const PRESENT = 16; // points of the past that the present weighs when colours are given
const BRIEF = 86_400; // seconds: a life as short as this is drawn anew with every event

const page = { user: null, mood: null, slate: null, known: false, turn: 0, clicks: 0 };

/** Whether the slate is still the one asked for at `turn`: answers that come too late are dropped. */
const current = (turn) => turn === page.turn;

/** Whether the page is still about `user`, whatever the slate shows. */
const theirs = (user) => user === page.user;

async function open(user, { fresh = false, push = true } = {}) {
  const turn = ++page.turn;
  Object.assign(page, { user, mood: null, slate: null, known: true });
  byId("user").value = user;
  byId("text").value = "";
  if (push) remember();
  greet();
  expectSlate(byId("picks"), K);
  expectInterests(byId("interests"));
  byId("chart").ariaBusy = true;
  byId("now-when").textContent = byId("course-span").textContent = "";
  if (fresh) stranded();
  await Promise.all([recommend(turn), fresh || life(user)]);
}

async function recommend(turn) {
  const list = byId("picks");
  try {
    const slate = await api.slateFor(page.user, K, page.mood);
    if (!current(turn)) return;
    tell(byId("slate-problem"));
    present(slate);
  } catch (error) {
    if (!current(turn)) return;
    list.replaceChildren();
    tell(byId("slate-problem"), error, () => recommend(turn));
  } finally {
    if (current(turn)) list.inert = list.ariaBusy = false;
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
  welcome(account.interests.map(themeOf));
  showInterests(byId("interests"), account);
  showNearest(byId("nearest"), account);
  showHistory(byId("deeds"), events, account.at, fresh);
  const last = events[0]?.time;
  byId("now-when").textContent = last === undefined ? "" : `as of ${day(account.at)}, last active ${ago(last, account.at)}`;
}

async function course(user, account, events) {
  const place = byId("course-problem");
  try {
    const line = await timelineOf(user);
    if (!theirs(user)) return;
    tell(place);
    if (line.from === line.to) {
      byId("course-span").textContent = "";
      return drawNothing("One moment has no course yet; it shows once there is a second.");
    }
    const now = sharesOf(account);
    const labels = leading([...line.points, ...line.points.slice(0, PRESENT).fill({ shares: now })], TONES);
    assignTones(labels);
    welcome(account.interests.map(themeOf));
    byId("course-span").textContent = `${plural(events.length, "event", events.length >= PAST)} over ${stretch(line.to - line.from)}`;
    drawChart(byId("chart"), { ...line, labels, times: events.map((event) => event.time), now });
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
  greet();
  noInterests(byId("interests"), "No interests yet. Like something, and they begin.");
  byId("nearest").replaceChildren();
  byId("deeds").replaceChildren(el("li", { class: "empty" }, "Nothing happened yet."));
  byId("now-when").textContent = byId("course-span").textContent = "";
  drawNothing("The course of their interests appears here as they change.");
}

/** Somebody did something with an item: tell the service, and show what that changes. */
async function take(item, action, row) {
  const { turn, user, mood } = page;
  const click = ++page.clicks;
  row.classList.add("taken", action === "like" ? "liked" : "disliked");
  const start = performance.now();
  try {
    await api.observe({ user, item: item.item, action, slate: page.slate.slate });
    const stored = performance.now() - start;
    const slate = await api.slateFor(user, K);
    if (!current(turn) || click !== page.clicks) return; // a later click shows a later slate
    const whole = performance.now() - start;
    page.mood = null; // the answer to a click is the user's own slate
    byId("text").value = "";
    page.known = true;
    remember();
    heading();
    tell(byId("slate-problem"));
    const change = present(slate, mood === null);
    report(mood === null ? told(change, item) : "This is your own slate again", item, action);
    timed(whole, `from the click to this slate, as this browser saw it; ${millis(stored)} of it to store the event durably`);
    await follow(user);
  } catch (error) {
    row.classList.remove("taken", "liked", "disliked");
    if (current(turn)) tell(byId("slate-problem"), error);
  }
}

function report(what, item, action) {
  byId("slate-note").replaceChildren(action === "like" ? "You liked " : "Not for you: ", el("cite", {}, item.title || item.item), `. ${what}.`);
}

/** What a slate changed, beside the item that was acted on. */
function told(change, item) {
  const left = change.left.filter((name) => name !== (item.title || item.item));
  const counts = [change.came && `${change.came} new`, change.moved && `${change.moved} moved`].filter(Boolean).join(", ");
  const gone = left.length ? `; gone: ${left.slice(0, 3).join(" · ")}${left.length > 3 ? ` and ${left.length - 3} more` : ""}` : "";
  return (counts || "Nothing else moved") + gone;
}

function timed(time, about) {
  const pill = byId("quick");
  pill.hidden = false;
  pill.title = about;
  pill.textContent = millis(time);
}

/** After an event: what changed beside the slate. The course is kept, its column for now moves. */
async function follow(user) {
  const [account, past] = await Promise.all([api.accountOf(user), api.eventsOf(user, RECENT)]);
  if (!theirs(user)) return;
  about(account, past.events, true);
  const { life: drawn } = byId("chart");
  if (drawn && drawn.to - drawn.from > BRIEF) return moveNow(byId("chart"), sharesOf(account));
  forget(user);
  await course(user, account, past.events);
}

async function ask(text, { push = true } = {}) {
  const turn = ++page.turn;
  page.mood = text;
  if (page.user === null) {
    page.user = visitor(); // asked before anybody was chosen
    stranded();
  }
  byId("text").value = text;
  if (push) remember();
  greet();
  byId("picks").ariaBusy = true;
  byId("picks").inert = true; // what is about to be replaced is not to be clicked
  const start = performance.now();
  await recommend(turn);
  if (current(turn)) timed(performance.now() - start, "from asking to this slate, as this browser saw it");
}

function heading() {
  const asked = page.mood !== null;
  byId("slate-title").textContent = asked ? (page.known ? `For ${page.user}, in this mood` : "For what you said") : page.known ? `For ${page.user}` : "For a new visitor";
  byId("back").hidden = !asked || page.user === null;
  byId("back").textContent = `Back to ${page.user}`;
  document.title = asked ? `${page.mood} · Penchant` : `${page.user ?? "Welcome"} · Penchant`;
}

/** What a slate starts with, until somebody does something. */
function greet() {
  heading();
  byId("quick").hidden = true;
  const words = page.known ? "Click what you like: the next slate answers at once." : "Nothing known yet: this is what is popular, in variety. Click what you like.";
  byId("slate-note").textContent = page.mood === null ? words : `“${page.mood}”`;
}

/** Keep what is shown in the address, so that it can be passed on and gone back to. */
function remember() {
  const parts = new URLSearchParams();
  if (page.user !== null) parts.set("user", page.user);
  if (page.mood !== null) parts.set("text", page.mood);
  const hash = `#${parts}`;
  if (hash === location.hash) return;
  if (location.hash) history.pushState(null, "", hash);
  else history.replaceState(null, "", hash); // going back to an empty address would only lead here again
}

async function follows() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const [user, text] = [asked.get("user"), asked.get("text")];
  if (user && user !== page.user) await open(user, { push: false });
  else if (user && !text && page.mood !== null) await back({ push: false });
  if (!user) await anyone(false);
  if (text && text !== page.mood) await ask(text, { push: !user });
}

async function anyone(surprise) {
  byId("anyone").disabled = true;
  try {
    const found = await stranger({ surprise, except: surprise ? page.user : null });
    if (!surprise && page.user !== null) return; // somebody was chosen meanwhile
    await (found === null ? open(visitor(), { fresh: true }) : open(found));
  } catch (error) {
    tell(byId("slate-problem"), error, () => anyone(surprise));
  } finally {
    byId("anyone").disabled = false;
  }
}

async function back({ push = true } = {}) {
  const turn = ++page.turn;
  page.mood = null;
  byId("text").value = "";
  if (push) remember();
  greet();
  await recommend(turn);
}

async function watchHealth() {
  const place = byId("health");
  const answer = await api.health().catch(() => null);
  place.className = `health ${answer ? "well" : "ill"}`;
  place.lastElementChild.textContent = answer ? "service is well" : "service does not answer";
  if (answer) byId("version").textContent = `Penchant ${answer.version}`;
}

function begin() {
  suggestUsers(open);
  byId("anyone").addEventListener("click", () => anyone(true));
  byId("newcomer").addEventListener("click", () => open(visitor(), { fresh: true }));
  byId("back").addEventListener("click", () => back());
  byId("mood").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = byId("text").value.trim();
    if (text) ask(text);
  });
  showExamples(byId("examples"), ask);
  addEventListener("popstate", follows);
  setInterval(() => document.hidden || watchHealth(), HEALTH);
  expectSlate(byId("picks"), K);
  expectInterests(byId("interests"));
  watchHealth();
  follows();
}

begin();

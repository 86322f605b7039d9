/** The page: whose it is, what they asked for, and the parts that follow. */

import * as api from "./api.js";
import { remember, remembered } from "./address.js";
import { drawChart, drawNothing, moveNow } from "./chart.js";
import { keepTo, showControls, showPause } from "./controls.js";
import { byId, el, tell } from "./dom.js";
import { watchEverybody } from "./everybody.js";
import { showExamples } from "./examples.js";
import { watchHealth } from "./health.js";
import { showHistory } from "./history.js";
import { expectInterests, noInterests, showInterests, showNearest } from "./interests.js";
import { stranger, suggestUsers, visitor } from "./people.js";
import { tellOf } from "./portrait.js";
import { expectSlate, showSlate, timed, told } from "./slate.js";
import { leading, sharesOf, themeOf } from "./stream.js";
import { forget, timelineOf } from "./timeline.js";
import { TONES, assignTones, welcome } from "./tones.js";
import { ago, day, deed, isControl, millis, plural, stretch } from "./words.js";

const K = 10; // items of a slate
const PAST = 1000; // events asked for: the list shows few, the chart counts all
const RECENT = 100; // the same after a click, when the chart stays
const PRESENT = 16; // points of the past that the present weighs when colours are given
const BRIEF = 86_400; // seconds: a life as short as this is drawn anew with every event

const page = { user: null, mood: null, slate: null, known: false, paused: false, turn: 0, clicks: 0 };

/** Whether the slate is still the one asked for at `turn`: answers that come too late are dropped. */
const current = (turn) => turn === page.turn;

/** Whether the page is still about `user`, whatever the slate shows. */
const theirs = (user) => user === page.user;

async function open(user, { fresh = false, push = true } = {}) {
  const turn = ++page.turn;
  Object.assign(page, { user, mood: null, slate: null, known: true });
  byId("user").value = user;
  byId("text").value = "";
  if (push) remember(page);
  greet();
  expectSlate(byId("picks"), K);
  expectInterests(byId("interests"));
  byId("chart").ariaBusy = true;
  byId("controls").replaceChildren();
  byId("pause").hidden = byId("ahead").ariaBusy = true;
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
    if (slate.asked?.words) byId("slate-note").textContent = `“${page.mood}”, read as: ${slate.asked.words}`;
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
  const change = showSlate(byId("picks"), slate.items, take, { animate, why: (item) => api.explained(page.user, item.item, slate.slate) });
  if (!slate.items.length) tell(byId("slate-problem"), new Error("Nothing is left to recommend: everything was had, or is hidden."));
  return change;
}

/** Everything about a user beside the slate: interests now, their course, and the history. */
async function life(user) {
  try {
    const [account, past, set] = await everything(user, PAST);
    if (!theirs(user)) return;
    about(account, past.events, set);
    await Promise.all([course(user, account, past.events), tellOf(user, theirs)]);
  } catch (error) {
    if (!theirs(user)) return;
    if (error.kind === "unknown-user") return stranded();
    for (const place of ["interests", "controls", "nearest", "deeds"]) byId(place).replaceChildren();
    drawNothing("");
    tell(byId("now-problem"), error, () => life(user));
  }
}

const everything = (user, events) => Promise.all([api.accountOf(user), api.eventsOf(user, events), api.controlsOf(user)]);

function about(account, events, set, fresh = false) {
  page.known = true;
  page.paused = set.paused_since !== null;
  tell(byId("now-problem"));
  heading();
  welcome(account.interests.map(themeOf));
  showInterests(byId("interests"), account, keep);
  showControls(byId("controls"), account, set, steer);
  showPause(byId("pause"), account, set, steer);
  showNearest(byId("nearest"), account);
  showHistory(byId("deeds"), events, account.at, new Map(account.interests.map((one) => [one.id, one.label])), fresh);
  const last = events.find((event) => !isControl(event))?.time;
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
    const times = events.filter((event) => !isControl(event)).map((event) => event.time);
    const more = events.length >= PAST;
    byId("course-span").textContent = `${plural(more ? 50 * Math.floor(times.length / 50) : times.length, "event", more)} over ${stretch(line.to - line.from)}`;
    drawChart(byId("chart"), { ...line, labels, times, now });
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
  for (const place of ["controls", "nearest"]) byId(place).replaceChildren();
  byId("ahead").hidden = byId("portrait").hidden = true;
  byId("deeds").replaceChildren(el("li", { class: "empty" }, "Nothing happened yet."));
  byId("now-when").textContent = byId("course-span").textContent = "";
  drawNothing("The course of their interests appears here as they change.");
}

/** Somebody did something with an item: tell the service, and show what that changes. */
async function take(item, action, row) {
  const { mood, slate } = page;
  const did = [action === "like" ? "You liked " : "Not for you: ", el("cite", {}, item.title || item.item)];
  row.classList.add("taken", action === "like" ? "liked" : "disliked");
  const done = await renew(() => api.observe({ user: page.user, item: item.item, action, slate: slate.slate }), (change) => {
    if (page.paused) return [...did, ". Learning is paused, so it leaves no trace."];
    return [...did, `. ${mood === null ? told(change, item.title || item.item) : "This is your own slate again"}.`];
  });
  if (!done) row.classList.remove("taken", "liked", "disliked");
}

/** Somebody pinned or muted an interest, or took that back. */
function keep(interest, kind, on) {
  const did = `${on ? "" : "no longer "}${deed(kind)}`;
  const name = el("cite", {}, interest.label);
  return renew(() => keepTo(page.user, kind, interest.id, on), (change) => [name, ` is ${did}. ${told(change)}.`], page.mood);
}

/** Somebody changed what is learned of them. */
const steer = (change, words) => renew(() => api.control(page.user, change), (moved) => [`${words}. ${told(moved)}.`], page.mood);

/** They keep what they asked for as a taste. */
async function seed() {
  const words = `“${page.mood}” is kept as a taste. This is your own slate with it.`;
  if (await renew(() => api.control(page.user, { seed: { text: page.mood } }), () => [words])) byId("picks").querySelector(".title")?.focus({ preventScroll: true });
}

/**
 * Let `write` tell the service something, and show what that changes, said by `say(change)`; true if it went well. The slate that
 * answers is that for `mood`, the user's own if it is null.
 */
async function renew(write, say, mood = null) {
  const { turn, user, mood: asked } = page;
  const [click, start] = [++page.clicks, performance.now()];
  try {
    await write();
    const stored = performance.now() - start;
    const slate = await api.slateFor(user, K, mood);
    if (!current(turn) || click !== page.clicks) return true; // a later click shows a later slate
    const whole = performance.now() - start;
    page.mood = mood;
    byId("text").value = mood ?? "";
    page.known = true;
    remember(page);
    heading();
    tell(byId("slate-problem"));
    byId("slate-note").replaceChildren(...say(present(slate, mood === asked)));
    timed(byId("quick"), whole, `from the click to this slate, as this browser saw it; ${millis(stored)} of it to store the event durably`);
    await follow(user);
    return true;
  } catch (error) {
    if (current(turn)) tell(byId("slate-problem"), error);
    return false;
  }
}

/** After an event: what changed beside the slate. The course is kept, its column for now moves. */
async function follow(user) {
  const [account, past, set] = await everything(user, RECENT);
  if (!theirs(user)) return;
  about(account, past.events, set, true);
  tellOf(user, theirs);
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
  if (push) remember(page);
  greet();
  byId("picks").ariaBusy = true;
  byId("picks").inert = true; // what is about to be replaced is not to be clicked
  const start = performance.now();
  await recommend(turn);
  if (current(turn)) timed(byId("quick"), performance.now() - start, "from asking to this slate, as this browser saw it");
}

function heading() {
  const asked = page.mood !== null;
  byId("slate-title").textContent = asked ? (page.known ? `For ${page.user}, in this mood` : "For what you said") : page.known ? `For ${page.user}` : "For a new visitor";
  byId("back").hidden = !asked || page.user === null;
  byId("back").textContent = `Back to ${page.user}`;
  byId("keep").hidden = byId("back").hidden;
  document.title = asked ? `${page.mood} · Penchant` : `${page.user ?? "Welcome"} · Penchant`;
}

/** What a slate starts with, until somebody does something. */
function greet() {
  heading();
  byId("quick").hidden = true;
  const words = page.known ? "Click what you like: the next slate answers at once." : "Nothing known yet: this is what is popular, in variety. Click what you like.";
  byId("slate-note").textContent = page.mood === null ? words : `“${page.mood}”`;
}

async function follows() {
  const { user, mood: text } = remembered();
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
  if (push) remember(page);
  greet();
  await recommend(turn);
}

function begin() {
  suggestUsers(open);
  byId("anyone").addEventListener("click", () => anyone(true));
  byId("newcomer").addEventListener("click", () => open(visitor(), { fresh: true }));
  byId("back").addEventListener("click", () => back());
  byId("keep").addEventListener("click", seed);
  byId("mood").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = byId("text").value.trim();
    if (text) ask(text);
  });
  showExamples(byId("examples"), ask);
  addEventListener("popstate", follows);
  expectSlate(byId("picks"), K);
  expectInterests(byId("interests"));
  watchHealth();
  watchEverybody();
  follows();
}

begin();

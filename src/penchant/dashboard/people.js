/** Choosing whose page this is: a box that suggests users, and a good stranger. */

import { eventsOf, pooled, usersLike } from "./api.js";
import { byId, el } from "./dom.js";
import { plural } from "./words.js";

const SUGGESTED = 8;
const PAUSE = 120; // milliseconds without typing before suggesting
const POOL = 1000; // users to choose a stranger from
const DRAWN = 16; // of whom this many are looked at
const ENOUGH = [40, 800]; // events of a user with something to show
const LATELY = 200; // events looked at of each
const WEEK = 7 * 86_400; // seconds

/** Make the search box work; `open(user)` is called with the user chosen, known or not. */
export function suggestUsers(open) {
  const box = byId("user");
  const list = byId("suggestions");
  let marked = -1;
  let turn = 0;
  let timer = 0;

  const close = () => {
    turn++;
    marked = -1;
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const choose = (user) => {
    clearTimeout(timer);
    close();
    box.blur();
    open(user);
  };
  const mark = (place) => {
    const rows = [...list.querySelectorAll("[role=option]")];
    if (!rows.length) return;
    marked = (place + rows.length) % rows.length;
    rows.forEach((row, number) => row.setAttribute("aria-selected", String(number === marked)));
    box.setAttribute("aria-activedescendant", rows[marked].id);
  };
  const suggest = async () => {
    const mine = ++turn;
    const found = await usersLike(box.value.trim(), SUGGESTED).catch(() => ({ users: [] }));
    if (mine !== turn || document.activeElement !== box) return;
    const rows = found.users.map((person, place) => option(person, place, choose));
    list.replaceChildren(...(rows.length ? rows : [el("li", { class: "faint" }, "Nobody known; Enter opens a new visitor")]));
    list.hidden = false;
    marked = -1;
    box.setAttribute("aria-expanded", "true");
  };

  box.addEventListener("focus", () => (box.select(), suggest()));
  box.addEventListener("blur", close);
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(suggest, PAUSE);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || list.hidden) return;
    event.preventDefault();
    mark(marked < 0 && step < 0 ? -1 : marked + step);
  });
  byId("who").addEventListener("submit", (event) => {
    event.preventDefault();
    const row = marked >= 0 ? list.querySelectorAll("[role=option]")[marked] : null;
    const user = row ? row.dataset.user : box.value.trim();
    if (user) choose(user);
  });
}

function option(person, place, choose) {
  const pressed = (event) => {
    event.preventDefault(); // keeps the box focused until the choice is made
    choose(person.user);
  };
  return el(
    "li",
    { role: "option", id: `suggestion-${place}`, "data-user": person.user, "aria-selected": "false", on: { pointerdown: pressed } },
    el("span", {}, person.user),
    el("span", { class: "faint" }, plural(person.events, "event")),
  );
}

/**
 * Somebody with a past worth a look: of a few busy users, the one active in most weeks and not long silent; null for no users.
 * A surprise draws them at random; without it the same log always gives the same user.
 */
export async function stranger({ surprise, except = null }) {
  const { users } = await usersLike("", POOL);
  const others = users.filter((person) => person.user !== except);
  const busy = others.filter((person) => person.events >= ENOUGH[0] && person.events <= ENOUGH[1]);
  const from = busy.length ? busy : others;
  const drawn = surprise ? shuffled(from).slice(0, DRAWN) : busiest(from, DRAWN);
  const lives = await pooled(drawn, 4, ({ user }) => eventsOf(user, LATELY));
  const latest = Math.max(...lives.map((life) => life.events[0]?.time ?? 0)); // as near to now as these events tell
  const worth = ({ events }) => new Set(events.map((event) => Math.floor(event.time / WEEK))).size - (latest - (events[0]?.time ?? 0)) / (4 * WEEK);
  return lives.sort((one, two) => worth(two) - worth(one))[0]?.user ?? null;
}

/** The busiest `most`. */
const busiest = (list, most) => [...list].sort((one, two) => two.events - one.events).slice(0, most);

function shuffled(list) {
  const deck = [...list];
  for (let last = deck.length - 1; last > 0; last--) {
    const place = Math.floor(Math.random() * (last + 1));
    [deck[last], deck[place]] = [deck[place], deck[last]];
  }
  return deck;
}

/** An id that nobody has. */
export const visitor = () => `visitor-${Math.random().toString(36).slice(2, 8)}`;

/** Choosing whose page this is: a box that suggests users, and a good stranger. */

import { busiest, usersLike } from "./api.js";
import { byId, el } from "./dom.js";
import { plural } from "./words.js";

const SUGGESTED = 8;
const PAUSE = 120; // milliseconds without typing before suggesting
const POOL = 1000; // users to choose a stranger from
const DRAWN = 24; // of whom a surprise is one
const MANY = 800; // events: more would crowd their history

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
 * Somebody whose interests had the time to move: many events over a long span; null for no users. A surprise is one of a few such,
 * drawn at random; without it the same log always gives the same user.
 */
export async function stranger({ surprise, except = null }) {
  const { users } = await busiest(POOL);
  const others = users.filter((person) => person.user !== except);
  const from = others.some((person) => person.events <= MANY) ? others.filter((person) => person.events <= MANY) : others;
  const worth = ({ events, first, last }) => Math.log(events) * (last - first);
  const best = from.sort((one, two) => worth(two) - worth(one)).slice(0, DRAWN);
  return best[surprise ? Math.floor(Math.random() * best.length) : 0]?.user ?? null;
}

/** An id that nobody has. */
export const visitor = () => `visitor-${Math.random().toString(36).slice(2, 8)}`;

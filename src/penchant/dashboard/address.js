/** What is shown, in the address, so that it can be passed on and gone back to. */

/** Keep whose page this is and what was asked. */
export function remember({ user, mood }) {
  const parts = new URLSearchParams();
  if (user !== null) parts.set("user", user);
  if (mood !== null) parts.set("text", mood);
  const hash = `#${parts}`;
  if (hash === location.hash) return;
  if (location.hash) history.pushState(null, "", hash);
  else history.replaceState(null, "", hash); // going back to an empty address would only lead here again
}

/** What the address says: {user, mood}, null where it says nothing. */
export function remembered() {
  const asked = new URLSearchParams(location.hash.slice(1));
  return { user: asked.get("user"), mood: asked.get("text") };
}

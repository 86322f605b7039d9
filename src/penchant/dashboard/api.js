/** The service's calls. Addresses are relative, so that the page also works behind a proxy's prefix. */

/** What the service said went wrong (a problem document), or why it could not be asked; `kind` tells cases apart. */
export class Problem extends Error {
  constructor(message, kind, status) {
    super(message);
    this.kind = kind;
    this.status = status;
  }
}

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { headers: { accept: "application/json" }, ...options });
  } catch {
    throw new Problem("The service does not answer. Is it still running?", "unreachable", 0);
  }
  const body = await response.json().catch(() => null);
  if (response.ok && body) return body;
  const kind = String(body?.type ?? "").split(":").pop();
  throw new Problem(sentence(body?.detail ?? `The service answered ${response.status} without saying why`), kind, response.status);
}

const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");

const person = (user) => `v1/users/${encodeURIComponent(user)}`;

/** The slate of a user, for what they said where `text` is not null. */
export const slateFor = (user, k, text = null) =>
  call(`${person(user)}/recommendations?k=${k}${text === null ? "" : `&text=${encodeURIComponent(text)}`}`);

/** Why an item is in a slate, in words. */
export const explained = async (user, item, slate) =>
  (await call(`${person(user)}/explain?item=${encodeURIComponent(item)}&slate=${encodeURIComponent(slate)}`)).text;

export const eventsOf = (user, limit) => call(`${person(user)}/events?limit=${limit}`);
export const usersLike = (prefix, limit) => call(`v1/users?prefix=${encodeURIComponent(prefix)}&limit=${limit}`);
export const busiest = (limit) => call(`v1/users?sort=events&limit=${limit}`);
export const accountOf = (user) => call(`${person(user)}/interests`);
/** How a user's interests shifted so far. */
export const shiftsOf = (user) => call(`${person(user)}/shifts`);
export const health = () => call("healthz");

/** A user's interests at `points` times evenly spread from their first event to their last. */
export const timelineOf = (user, points) => call(`${person(user)}/interests?points=${points}`);

const send = (method, path, body) => call(path, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
const post = (path, body) => send("POST", path, body);

/** What a user set themselves; nothing for one nobody has heard of. */
export const controlsOf = (user) => call(`${person(user)}/controls`);
/** Set some of it; what is left out stays as it is. */
export const control = (user, change) => send("PATCH", `${person(user)}/controls`, change);

/** A user in words, in a language (null for the catalog's). */
export const portraitOf = (user, language = null) => call(`${person(user)}/portrait${language === null ? "" : `?language=${language}`}`);

/** The mix of broad topics expected of a user after `ahead`, an ISO 8601 duration. */
export const forecastOf = (user, ahead) => call(`${person(user)}/forecast?ahead=${ahead}`);

/** What everybody does: topics that rise and fade, flows between them, and people by what they came for. */
export const trends = () => call("v1/trends");
export const flows = () => call("v1/flows");
export const cohorts = () => call("v1/cohorts");

/** Any `limit` items of the catalog. */
export const itemsOf = (limit) => call(`v1/items?limit=${limit}`);

/** A slate for nobody in particular: what is popular now. */
export const popular = (k) => post("v1/recommendations", { k });

/** Take in one event, now by the service's clock. A rejection is a Problem like any other. */
export async function observe(event) {
  const receipt = await post("v1/events", { events: [event] });
  const refused = receipt.rejected[0];
  if (refused) throw new Problem(sentence(refused.reason), "rejected", 200);
  return receipt;
}

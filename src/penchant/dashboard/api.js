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

const post = (path, body) =>
  call(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

const person = (user) => `v1/users/${encodeURIComponent(user)}`;

export const slateFor = (user, k) => call(`${person(user)}/recommendations?k=${k}`);
export const slateAbout = (text, k) => post("v1/recommendations", { text, k });
export const eventsOf = (user, limit) => call(`${person(user)}/events?limit=${limit}`);
export const usersLike = (prefix, limit) => call(`v1/users?prefix=${encodeURIComponent(prefix)}&limit=${limit}`);
export const health = () => call("healthz");
export const version = async () => (await call("docs/openapi.json")).info.version;

/** The account of a user at `at` (epoch seconds), now where it is not given. */
export const accountOf = (user, at = null) => call(`${person(user)}/interests${at === null ? "" : `?at=${at}`}`);

/** Take in one event, now by the service's clock. A rejection is a Problem like any other. */
export async function observe(event) {
  const receipt = await post("v1/events", { events: [event] });
  const refused = receipt.rejected[0];
  if (refused) throw new Problem(sentence(refused.reason), "rejected", 200);
  return receipt;
}

const known = new Map(); // item id -> promise of its categories

/** The categories of an item, asked for once. */
export function categoriesOf(item) {
  if (!known.has(item)) {
    const found = call(`v1/items/${encodeURIComponent(item)}`).then((record) => record.categories ?? []);
    known.set(item, found.catch(() => (known.delete(item), [])));
  }
  return known.get(item);
}

/** Results of `work` over `inputs`, in their order, at most `width` at a time: a page must not crowd out other requests. */
export async function pooled(inputs, width, work) {
  const results = new Array(inputs.length);
  let next = 0;
  const worker = async () => {
    while (next < inputs.length) {
      const place = next++;
      results[place] = await work(inputs[place]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, inputs.length) }, worker));
  return results;
}

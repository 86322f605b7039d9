/** Which category has which colour: by its rank in the life of the user shown, so that the colours mean the same everywhere. */

export const TONES = 9; // further categories share the neutral tone

let tones = new Map();

/** Give tones to `labels`, most important first, and repaint what is on the page. */
export function assignTones(labels) {
  tones = new Map(labels.slice(0, TONES).map((label, place) => [label, place]));
  for (const node of document.querySelectorAll("[data-category]")) paint(node);
}

/** Let `label` have a tone if one is left: a new interest may come up while its user is on the page. */
export function welcome(labels) {
  const fresh = labels.filter((label) => !tones.has(label)).slice(0, TONES - tones.size);
  if (fresh.length) assignTones([...tones.keys(), ...fresh]);
}

/** The class of a category's colour. */
export const tone = (label) => (tones.has(label) ? `tone-${tones.get(label)}` : "tone-other");

/** Give `node` the colour of a category, now and whenever the tones change. */
export function toned(node, label) {
  node.dataset.category = label;
  paint(node);
  return node;
}

function paint(node) {
  for (const name of [...node.classList]) if (name.startsWith("tone-")) node.classList.remove(name);
  node.classList.add(tone(node.dataset.category));
}

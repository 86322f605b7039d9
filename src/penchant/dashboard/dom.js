/** Making elements. Text only ever enters the page as text nodes, so a title may hold anything. */

const SVG = "http://www.w3.org/2000/svg";

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else {
      node.setAttribute(name, value === true ? "" : value);
    }
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** An HTML element; `on` holds listeners by event, children are nodes or plain text. */
export const el = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);

/** The same for SVG. */
export const shape = (tag, attributes = {}, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);

export const byId = (id) => document.getElementById(id);

/** Hand a number to the style sheet as a custom property: the policy forbids style attributes, not this. */
export function hand(node, name, value) {
  node.style.setProperty(name, String(value));
  return node;
}

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Say in `place` what went wrong, with a way to try again; without an error, nothing. */
export function tell(place, error = null, again = null) {
  if (!error) return place.replaceChildren();
  const retry = again && el("button", { type: "button", class: "quiet small", on: { click: again } }, "Try again");
  place.replaceChildren(el("div", { class: "problem", role: "alert" }, el("span", {}, error.message), retry));
}

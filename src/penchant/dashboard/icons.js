/** Small drawings for buttons, in the colour of the text around them. */

import { shape } from "./dom.js";

const PATHS = {
  pin: "M5.5 1.5h5l-.6 5 2.6 2.6v.9h-9v-.9l2.6-2.6zM8 10v4.5",
  mute: "M8 1.8a6.2 6.2 0 1 0 0 12.4a6.2 6.2 0 1 0 0-12.4zM3.6 3.6l8.8 8.8",
};

/** The drawing of that name; what it means is said by the button it is in. */
export const icon = (name) => shape("svg", { class: `icon ${name}`, viewBox: "0 0 16 16", width: 15, height: 15, "aria-hidden": "true" }, shape("path", { d: PATHS[name] }));

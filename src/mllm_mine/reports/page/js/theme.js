// Light and dark: the system's choice, or the reader's.
import { byId } from "./dom.js";

const KEPT = "mine-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const root = document.documentElement;

/** @type {(() => void)[]} */
const listeners = [];

/** @param {() => void} listener called when colours change */
export function onTheme(listener) {
  listeners.push(listener);
}

/** @param {string} name `light` or `dark` */
export function setTheme(name) {
  if (root.dataset.theme === name) return;
  root.dataset.theme = name;
  for (const listener of listeners) listener();
}

/**
 * A colour of the present theme.
 * @param {string} name of a custom property, without dashes
 */
export function colour(name) {
  return getComputedStyle(root).getPropertyValue(`--${name}`).trim();
}

/** The theme that is wanted now. */
export function wantedTheme() {
  const chosen = byId("theme").value;
  return chosen || (dark.matches ? "dark" : "light");
}

/** Makes the switch work. */
export function themeSwitch() {
  const select = byId("theme");
  try {
    select.value = localStorage.getItem(KEPT) || "";
  } catch {
    // Nothing is kept for pages from disk here.
  }
  select.addEventListener("change", () => {
    try {
      localStorage.setItem(KEPT, select.value);
    } catch {
      // It holds as long as the page is open.
    }
    setTheme(wantedTheme());
  });
  dark.addEventListener("change", () => setTheme(wantedTheme()));
}

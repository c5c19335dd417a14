"use strict";
// Runs before anything is drawn, so that no page is light for a moment in a dark room.
{
  let chosen = "";
  try {
    chosen = localStorage.getItem("mine-theme") || "";
  } catch {
    // Some browsers keep nothing for pages from disk; the system's choice holds then.
  }
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

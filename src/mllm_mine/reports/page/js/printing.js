// On paper: light colours, the chart at the paper's width, and the list as a whole.
import { setTheme, wantedTheme } from "./theme.js";
import { fitChart } from "./months.js";
import { fitList } from "./papers.js";

/** Prepares the page before it is printed, and puts it back after. */
export function readyToPrint() {
  let onPaper = false;
  const prepare = (/** @type {boolean} */ wanted) => {
    if (wanted === onPaper) return;
    onPaper = wanted;
    setTheme(wanted ? "light" : wantedTheme());
    fitChart(wanted);
    fitList(wanted);
  };
  addEventListener("beforeprint", () => prepare(true));
  addEventListener("afterprint", () => prepare(false));
  matchMedia("print").addEventListener("change", (event) => prepare(event.matches));
}

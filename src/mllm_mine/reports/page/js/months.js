// Papers per month, as lines and as a table.
import { byId, counted, el, plural } from "./dom.js";
import { facts, labels, paperCounts, papers, topLabels } from "./data.js";
import { colour, onTheme } from "./theme.js";

const PERIODS = { 24: "two years", 60: "five years", 0: "all years" };
const POINTS = ["circle", "rect", "triangle", "rectRot", "crossRot", "star"];
const DASHES = [[], [6, 3], [2, 2]];
const COLOURS = 8;
const ALL = "all";

/** @typedef {{ title: string, counts: number[], all: boolean }} Line */

/** @type {any} the chart, made when it is first drawn */
let chart = null;

/** Draws the chart, and again when its settings or the colours change. */
export function drawMonths() {
  const choices = [
    ...facts.dimensions.map((/** @type {any} */ each) => el("option", { value: each.id }, each.title)),
    el("option", { value: ALL }, "All papers"),
  ];
  byId("months-lines").append(...choices);
  const periods = Object.entries(PERIODS).sort(([one], [other]) => (+one || 1e9) - (+other || 1e9));
  byId("months-period").append(
    ...periods.map(([months, title]) => el("option", { value: months }, title)),
  );
  for (const id of ["months-lines", "months-period"]) byId(id).addEventListener("change", draw);
  byId("months-numbers").addEventListener("toggle", table);
  onTheme(draw);
  draw();
}

/** All months between the first and the last paper, of which the period wants the last ones. */
function shownMonths() {
  const dated = papers.flatMap((paper) => (paper.published ? [paper.published.slice(0, 7)] : []));
  if (!dated.length) return [];
  const numbers = dated.map((month) => +month.slice(0, 4) * 12 + +month.slice(5) - 1);
  let [first, last] = [numbers[0], numbers[0]];
  for (const number of numbers) {
    first = Math.min(first, number);
    last = Math.max(last, number);
  }
  const period = +byId("months-period").value;
  if (period) first = Math.max(first, last - period + 1);
  return Array.from({ length: last - first + 1 }, (_, at) => {
    const number = first + at;
    return `${Math.floor(number / 12)}-${String((number % 12) + 1).padStart(2, "0")}`;
  });
}

/**
 * @param {string[]} months
 * @returns {Line[]}
 */
function shownLines(months) {
  const chosen = byId("months-lines").value;
  const at = new Map(months.map((month, place) => [month, place]));
  const zeros = () => months.map(() => 0);
  if (chosen === ALL) {
    const counts = zeros();
    for (const paper of papers) {
      const month = at.get(paper.published.slice(0, 7));
      if (month !== undefined) counts[month] += 1;
    }
    return [{ title: "All papers", counts, all: true }];
  }
  const places = topLabels(chosen).filter((place) => paperCounts[place] > 0);
  const lines = new Map(places.map((place) => [place, zeros()]));
  for (const paper of papers) {
    const month = at.get(paper.published.slice(0, 7));
    if (month === undefined) continue;
    for (const [place] of paper.labels) {
      const counts = lines.get(place);
      if (counts) counts[month] += 1;
    }
  }
  return places.map((place) => ({ title: labels[place].title, counts: lines.get(place) || [], all: false }));
}

function draw() {
  const months = shownMonths();
  const lines = shownLines(months);
  const canvas = byId("months-chart");
  const what = byId("months-lines").selectedOptions[0].textContent;
  const span = months.length ? `${months[0]} to ${months[months.length - 1]}` : "no dates";
  canvas.setAttribute(
    "aria-label",
    `Line chart: papers per month, ${what}, ${span}. The same numbers are in the table below.`,
  );
  const undated = papers.filter((paper) => !paper.published).length;
  byId("months-note").textContent = [
    lines.length ? "" : "No paper here has both a date and such a label.",
    undated ? `${plural(undated, "paper")} ${undated === 1 ? "has" : "have"} no date.` : "",
    facts.newest ? `The newest paper is of ${facts.newest}, so the last month may not be whole.` : "",
  ].filter(Boolean).join(" ");
  if (chart) chart.destroy();
  chart = new /** @type {any} */ (window).Chart(canvas, {
    type: "line",
    data: { labels: months, datasets: lines.map(dataset) },
    options: options(lines),
  });
  if (byId("months-numbers").open) table();
}

/**
 * @param {Line} line
 * @param {number} place
 */
function dataset(line, place) {
  const ink = colour(`series-${(place % COLOURS) + 1}`);
  return {
    label: line.title,
    data: line.counts,
    borderColor: ink,
    backgroundColor: ink,
    borderWidth: 2,
    borderDash: DASHES[place % DASHES.length],
    pointStyle: POINTS[place % POINTS.length],
    pointRadius: line.counts.length > 40 ? 0 : 3,
    pointHoverRadius: 5,
    tension: 0,
  };
}

/** @param {Line[]} lines */
function options(lines) {
  const [ink, muted, line] = [colour("ink"), colour("muted"), colour("line")];
  const font = { family: getComputedStyle(document.body).fontFamily, size: 12 };
  return {
    animation: false,
    maintainAspectRatio: false,
    interaction: { mode: "index", intersect: false },
    scales: {
      x: {
        ticks: { color: muted, font, maxRotation: 0, autoSkipPadding: 16 },
        grid: { display: false },
        border: { color: line },
      },
      y: {
        beginAtZero: true,
        ticks: { color: muted, font, precision: 0 },
        grid: { color: line },
        border: { display: false },
      },
    },
    plugins: {
      legend: {
        display: lines.length > 1,
        position: "bottom",
        labels: { color: ink, font, usePointStyle: true, boxHeight: 7, padding: 14 },
      },
      tooltip: { usePointStyle: true, itemSort: (/** @type {any} */ a, /** @type {any} */ b) => b.raw - a.raw },
    },
  };
}

/** The table is made when it is opened. */
function table() {
  const details = byId("months-numbers");
  if (!details.open) return;
  const months = shownMonths();
  const lines = shownLines(months);
  const head = ["Month", ...lines.map((line) => line.title)];
  const rows = months.map((month, at) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, month),
      ...lines.map((line) => el("td.number", {}, counted(line.counts[at]))),
    ),
  );
  details.querySelector(".scroll").replaceChildren(
    el(
      "table.numbers",
      {},
      el("caption.unseen", {}, "Papers per month"),
      el("thead", {}, el("tr", {}, ...head.map((title) => el("th", { scope: "col" }, title)))),
      el("tbody", {}, ...rows.reverse()),
    ),
  );
}

/**
 * Fits the chart to a page of paper, or to the screen again.
 * @param {boolean} onPaper
 */
export function fitChart(onPaper) {
  if (onPaper) chart.resize(680, 300);
  else chart.resize();
}

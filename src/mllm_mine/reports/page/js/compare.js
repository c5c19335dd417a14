// Results of the same benchmark and model: tuned on the left, frozen on the right.
import { byId, counted, el, plural } from "./dom.js";
import { comparisons } from "./data.js";
import { paperLink } from "./details.js";
import { showPaper } from "./papers.js";

const AT_ONCE = 10;
const CAPTION = 90; // letters
let shown = AT_ONCE;

/** Draws the section, or leaves it and its link out when there is nothing to compare. */
export function drawComparisons() {
  const { groups } = comparisons;
  byId("compare").hidden = !groups.length;
  byId("to-compare").hidden = !groups.length;
  if (!groups.length) return;
  const benchmark = choice(groups.map((group) => group.benchmark));
  const model = choice(groups.map((group) => group.model));
  const language = el("input", { type: "search", autocomplete: "off", placeholder: "as the papers write it" });
  const draw = () => fill(chosen(benchmark.value, model.value, language.value));
  for (const control of [benchmark, model, language])
    control.addEventListener("input", () => {
      shown = AT_ONCE;
      draw();
    });
  byId("compare-controls").append(
    el("label.field", {}, "Benchmark", benchmark),
    el("label.field", {}, "Model", model),
    el("label.field", {}, "Language", language),
  );
  byId("compare-more").addEventListener("click", () => {
    shown += AT_ONCE;
    draw();
  });
  draw();
}

/** @param {string[]} names */
function choice(names) {
  const sorted = [...new Set(names)].sort((one, other) => one.localeCompare(other, "en"));
  return el("select", {}, el("option", { value: "" }, "all"), ...sorted.map((name) => el("option", { value: name }, name)));
}

/**
 * @param {string} benchmark
 * @param {string} model
 * @param {string} language
 */
function chosen(benchmark, model, language) {
  const words = language.trim().toLowerCase();
  return comparisons.groups
    .filter((group) => (!benchmark || group.benchmark === benchmark) && (!model || group.model === model))
    .map((group) => ({
      ...group,
      results: group.results.filter((result) => !words || (result.languages || "").toLowerCase().includes(words)),
    }))
    .filter((group) => group.results.length);
}

/** @param {import("./data.js").Comparison[]} groups */
function fill(groups) {
  const more = comparisons.leftOut ? ` of this page, and ${counted(comparisons.leftOut)} more with “mine compare”` : "";
  byId("compare-count").textContent = plural(groups.length, "comparison") + more;
  byId("comparisons").replaceChildren(...groups.slice(0, shown).map(section));
  byId("compare-more").hidden = groups.length <= shown;
}

/** @param {import("./data.js").Comparison} group */
function section(group) {
  return el(
    "article.comparison",
    {},
    el("h3", {}, `${group.benchmark} with ${group.model}`),
    el("div.sides", {}, ...comparisons.families.map((title, family) => side(group, title, family))),
  );
}

/**
 * @param {import("./data.js").Comparison} group
 * @param {string} title
 * @param {number} family
 */
function side(group, title, family) {
  const results = group.results.filter((result) => result.families.includes(family));
  const items = results.map((result, at) => {
    const again = at > 0 && results[at - 1].evidence === result.evidence;
    return el("li", {}, ...said(result), again ? null : evidence(result));
  });
  return el("div", {}, el("h4", {}, title), items.length ? el("ul.results", {}, ...items) : el("p.hint", {}, "None."));
}

/** @param {import("./data.js").Result} result */
function evidence({ caption, evidence: words }) {
  if (!caption) return el("blockquote", {}, words);
  const short = caption.length > CAPTION ? `${caption.slice(0, CAPTION).replace(/\s+\S*$/, "")} …` : caption;
  return el("blockquote", { title: caption }, `${words}, in: ${short}`);
}

/** @param {import("./data.js").Result} result */
function said(result) {
  const about = [
    result.metric,
    result.difference && (result.baseline ? `difference over ${result.baseline}` : "difference"),
    result.size,
    result.languages,
  ].filter(Boolean).join(", ");
  return [
    el("strong.number", {}, result.number),
    about ? ` ${about}; ` : " ",
    paperLink(result.paper, result.title, showPaper),
    result.page ? `, page ${result.page}` : ", abstract",
    result.families.length > 1 ? el("span.badge", {}, "labels of both") : null,
    result.byAbstract ? el("span.badge", {}, "model named in the abstract") : null,
  ];
}

// Which papers are asked for, and in which order.
import { detailsOf, facts, isByHand, isMarked, papers } from "./data.js";
import { criteria } from "./criteria.js";

const SLICE = 10; // milliseconds of work before the browser may do something else
const PLAIN = /^[\x00-\x7f]*$/;
/** @type {Record<string, string>} letters that do not come apart into a letter and an accent */
const WHOLE = { ł: "l", ø: "o", đ: "d", ð: "d", ß: "ss", æ: "ae", œ: "oe", þ: "th", ı: "i" };

/**
 * A text without case and accents.
 * @param {string} text
 */
function folded(text) {
  const lower = text.toLowerCase();
  if (PLAIN.test(lower)) return lower;
  return lower.normalize("NFKD").replace(/\p{M}/gu, "").replace(/[łøđðßæœþı]/g, (letter) => WHOLE[letter]);
}

/**
 * What a search looks at: title, authors, id, and the abstract where the page has it.
 * @param {import("./data.js").Paper} paper
 */
function textOf(paper) {
  if (paper.text === undefined) {
    const abstract = detailsOf(paper)?.abstract || "";
    paper.text = folded(`${paper.title}\n${paper.authors}\n${paper.id}\n${abstract}`);
  }
  return paper.text;
}

/** Prepares all papers for searching, a little at a time, so that nothing waits for it. */
export function prepareSearch() {
  let next = 0;
  const work = () => {
    const until = performance.now() + SLICE;
    while (next < papers.length && performance.now() < until) textOf(papers[next++]);
    if (next < papers.length) setTimeout(work);
  };
  setTimeout(work);
}

/** @type {Record<string, (paper: import("./data.js").Paper) => boolean>} */
export const ONLY = {
  new: (paper) => isMarked(paper, "new"),
  scope: (paper) => paper.scope === 1,
  outside: (paper) => paper.scope === 0,
  unclassified: (paper) => paper.scope === null,
  hand: isByHand,
  uncertain: (paper) => isMarked(paper, "uncertain"),
  unfamiliar: (paper) => isMarked(paper, "unfamiliar"),
  resources: (paper) => isMarked(paper, "resources"),
  cited: (paper) => paper.cited > 0,
  unlabelled: (paper) => paper.labels.length === 0,
};

/** @type {Record<string, string>} the choices of the filter "Only" */
export const ONLY_TITLES = {
  new: `new since ${facts.newSince}`,
  scope: "in scope",
  outside: "out of scope",
  unclassified: "not classified",
  unlabelled: "without a label",
  hand: "labelled by hand",
  uncertain: "the model is unsure",
  unfamiliar: "unlike what the model knows",
  resources: "with resources",
  cited: "cited by others here",
};

/** The papers that meet the criteria, in their order. */
export function found() {
  const words = folded(criteria.words).split(/\s+/).filter(Boolean);
  const wanted = [...criteria.labels];
  const only = ONLY[criteria.only];
  const chosen = papers.filter((paper) => {
    if (only && !only(paper)) return false;
    const month = paper.published.slice(0, 7);
    if (criteria.from && month < criteria.from) return false;
    if (criteria.until && (!month || month > criteria.until)) return false;
    if (!wanted.every((place) => paper.labels.some(([carried]) => carried === place))) return false;
    if (!words.length) return true;
    const text = textOf(paper);
    return words.every((word) => text.includes(word));
  });
  return ordered(chosen);
}

/**
 * The probability that a list shows: of the chosen labels the lowest, or of being in scope.
 * @param {import("./data.js").Paper} paper
 * @returns {number | null} 1 by hand; null when it is not known
 */
export function probabilityOf(paper) {
  if (!criteria.labels.size) return paper.p;
  let lowest = 1;
  for (const [place, probability] of paper.labels)
    if (criteria.labels.has(place)) lowest = Math.min(lowest, probability ?? 1);
  return lowest;
}

/** @type {Map<import("./data.js").Paper, number> | null} places of the papers by title */
let byTitle = null;

/** @param {import("./data.js").Paper[]} chosen newest first, as the page has them */
function ordered(chosen) {
  const { sort, descending } = criteria;
  if (sort === "published") return descending ? chosen : chosen.reverse();
  if (sort === "title" && !byTitle) {
    const { compare } = new Intl.Collator("en", { numeric: true, ignorePunctuation: true });
    const sorted = [...papers].sort((one, other) => compare(one.title, other.title));
    byTitle = new Map(sorted.map((paper, place) => [paper, place]));
  }
  const key = {
    title: (/** @type {import("./data.js").Paper} */ paper) => byTitle?.get(paper) ?? 0,
    cited: (/** @type {import("./data.js").Paper} */ paper) => paper.cited,
    probability: (/** @type {import("./data.js").Paper} */ paper) => probabilityOf(paper) ?? -1,
  }[sort];
  const sign = descending ? -1 : 1;
  return chosen.sort((one, other) => sign * (key(one) - key(other)));
}

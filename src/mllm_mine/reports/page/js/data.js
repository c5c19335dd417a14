// The data of the page: what `mine` wrote into its JSON blocks.
import { byId } from "./dom.js";

/**
 * @typedef {object} Label
 * @property {string} id
 * @property {string} title
 * @property {string} definition
 * @property {string} dimension
 * @property {string} [group]
 * @property {number} parent place of the label above, or -1
 */

/**
 * @typedef {object} Paper
 * @property {string} id
 * @property {number} version
 * @property {string} title
 * @property {string} authors
 * @property {string} published a day, or ""
 * @property {0 | 1 | null} scope
 * @property {number | null} p of being in scope
 * @property {[number, number | null][]} labels place and probability, null by hand
 * @property {number} marks
 * @property {number} cited by so many papers of the index
 * @property {number} block where its details are, or -1
 * @property {string} [text] what a search looks at
 */

/**
 * @typedef {object} Details
 * @property {string} [abstract]
 * @property {string[]} [categories]
 * @property {string} [updated]
 * @property {string} [comment]
 * @property {string} [venue]
 * @property {string} [doi]
 * @property {[number, [number, number] | null, [string, number][], number][]} [reasons]
 * @property {Record<string, string>[]} [resources]
 * @property {[string, string, string][]} [cites]
 * @property {[string, string, string][]} [citedBy]
 */

/**
 * @typedef {object} Result
 * @property {number[]} families 0 for tuning, 1 for frozen
 * @property {string} paper
 * @property {string} title
 * @property {string} number
 * @property {boolean} [difference]
 * @property {string} [baseline]
 * @property {string} [metric]
 * @property {string} [size]
 * @property {string} [languages]
 * @property {number} [page]
 * @property {boolean} [byAbstract]
 * @property {string} [caption] of the table that the evidence is a cell of
 * @property {string} evidence
 */

/** @typedef {{ benchmark: string, model: string, results: Result[] }} Comparison */

/** @param {string} id */
function block(id) {
  return JSON.parse(byId(id).textContent);
}

/** The taxonomy, and what the page says of itself. */
export const facts = block("facts");

/** @type {Label[]} */
export const labels = facts.labels;

/** @type {Paper[]} */
export const papers = block("rows").map((/** @type {any[]} */ row) =>
  Object.fromEntries(facts.columns.map((/** @type {string} */ name, /** @type {number} */ at) => [name, row[at]])),
);

/** @type {{ groups: Comparison[], families: string[], leftOut: number }} */
export const comparisons = block("comparisons-data");

/** @type {Map<string, Paper>} */
export const paperOf = new Map(papers.map((paper) => [paper.id, paper]));

/** How many papers carry each label, by its place. */
export const paperCounts = labels.map(() => 0);
for (const paper of papers) for (const [place] of paper.labels) paperCounts[place] += 1;

/**
 * The labels of a dimension that have no label above them.
 * @param {string} dimension
 */
export function topLabels(dimension) {
  return labels.flatMap((label, place) =>
    label.dimension === dimension && label.parent < 0 ? [place] : [],
  );
}

/**
 * The labels directly below one.
 * @param {number} parent
 */
export function childrenOf(parent) {
  return labels.flatMap((label, place) => (label.parent === parent ? [place] : []));
}

/**
 * Whether one label implies the other.
 * @param {number} one
 * @param {number} other
 */
export function implied(one, other) {
  const above = (/** @type {number} */ place, /** @type {number} */ wanted) => {
    for (let at = labels[place].parent; at >= 0; at = labels[at].parent) if (at === wanted) return true;
    return false;
  };
  return above(one, other) || above(other, one);
}

/**
 * The labels of a paper that no other of its labels implies.
 * @param {Paper} paper
 */
export function mostExact(paper) {
  const parents = new Set(paper.labels.map(([place]) => labels[place].parent));
  return paper.labels.filter(([place]) => !parents.has(place));
}

/** @type {Map<number, Record<string, Details>>} */
const read = new Map();

/**
 * What the page knows of a paper besides its row; blocks are read when they are needed.
 * @param {Paper} paper
 * @returns {Details | null}
 */
export function detailsOf(paper) {
  if (paper.block < 0) return null;
  let found = read.get(paper.block);
  if (!found) {
    found = /** @type {Record<string, Details>} */ (block(`details-${paper.block}`));
    read.set(paper.block, found);
  }
  return found[paper.id] || null;
}

/**
 * @param {Paper} paper
 * @param {"new" | "uncertain" | "unfamiliar" | "resources"} mark
 */
export function isMarked(paper, mark) {
  return (paper.marks & facts.marks[mark]) !== 0;
}

/** @param {Paper} paper */
export function isByHand(paper) {
  return paper.labels.some(([, probability]) => probability === null);
}

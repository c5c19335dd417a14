// All that the page knows of one paper: abstract, reasons, resources, citations.
import { el, outwardLink, plural } from "./dom.js";
import { detailsOf, facts, isMarked, labels, paperOf } from "./data.js";

const ARXIV = /^(\d{4}\.\d{4,5}|[a-z-]+\/\d{7})$/;
const KINDS = { dataset: "data set", benchmark: "benchmark", leaderboard: "leaderboard", model: "model", code: "code" };

/**
 * @param {import("./data.js").Paper} paper
 * @param {(id: string) => void} open shows another paper of the page
 * @returns {any}
 */
export function details(paper, open) {
  const known = detailsOf(paper);
  const about = known
    ? [
        known.abstract ? el("p.abstract", {}, known.abstract) : null,
        ...resources(known),
        ...citations("Cites", known.cites, open),
        ...citations("Cited by", known.citedBy, open),
      ]
    : [el("p.hint", {}, whyNothing(paper))];
  const why = known ? reasons(paper, known) : bareLabels(paper);
  return el(
    "div.details",
    { role: "region", "aria-label": `Details: ${paper.title}` },
    links(paper, known),
    el("div", {}, ...about),
    el("div.why", {}, ...why),
  );
}

/** @param {string} text */
function heading(text) {
  return el("h3", {}, text);
}

/** @param {import("./data.js").Paper} paper */
function whyNothing(paper) {
  const why = paper.scope === 0
    ? "Abstracts and reasons are in this page for papers in scope."
    : `Abstracts and reasons are in this page for the newest ${plural(facts.detailed, "paper")}.`;
  return `${why} “mine show ${paper.id}” has them.`;
}

/**
 * @param {import("./data.js").Paper} paper
 * @param {import("./data.js").Details | null} known
 */
function links(paper, known) {
  const version = `version ${paper.version}`;
  const parts = [el("span", {}, paper.id)];
  if (ARXIV.test(paper.id)) {
    parts.push(outwardLink(`https://arxiv.org/abs/${paper.id}`, "arXiv"));
    parts.push(outwardLink(`https://arxiv.org/pdf/${paper.id}`, "PDF"));
  }
  if (known?.doi) parts.push(outwardLink(`https://doi.org/${encodeURI(known.doi)}`, "DOI"));
  parts.push(el("span", {}, known?.updated && paper.version > 1 ? `${version} of ${known.updated}` : version));
  if (known?.categories) parts.push(el("span", {}, known.categories.join(", ")));
  if (known?.venue) parts.push(el("span", {}, known.venue));
  if (known?.comment) parts.push(el("span", {}, known.comment));
  if (isMarked(paper, "uncertain")) parts.push(el("span.badge", {}, "the model is unsure"));
  if (isMarked(paper, "unfamiliar")) parts.push(el("span.badge", {}, "unlike what the model knows"));
  return el("ul.links", {}, ...parts.map((part) => el("li", {}, part)));
}

/**
 * @param {number | null} probability
 * @returns {string}
 */
function said(probability) {
  return probability === null ? "by hand" : probability.toFixed(2);
}

/** @param {import("./data.js").Paper} paper */
function bareLabels(paper) {
  if (!paper.labels.length) return [];
  const items = paper.labels.map(([place, probability]) =>
    el("li.reason", {}, el("strong", {}, labels[place].title), ` ${said(probability)}`),
  );
  return [heading("Labels"), el("ul.reasons", {}, ...items)];
}

/**
 * @param {import("./data.js").Paper} paper
 * @param {import("./data.js").Details} known
 */
function reasons(paper, known) {
  const given = new Map(paper.labels);
  const why = new Map(
    (known.reasons || []).map(([place, span, terms, threshold]) => [place, { span, terms, threshold }]),
  );
  const places = [...(why.has(-1) ? [-1] : []), ...given.keys()];
  if (!places.length) return [];
  const items = places.map((place) => {
    const reason = why.get(place);
    const probability = place < 0 ? paper.p : given.get(place) ?? null;
    const title = place < 0 ? facts.scope?.title : labels[place].title;
    const sentence = reason && (reason.span ? (known.abstract || "").slice(...reason.span) : paper.title);
    return el(
      "li",
      {},
      el("p.reason", {}, el("strong", {}, title), ` ${said(probability)}${since(probability, reason?.threshold)}`),
      sentence ? el("blockquote", {}, ...marked(sentence, reason.terms)) : null,
      reason?.terms.length ? el("ul.terms", { "aria-label": "Terms" }, ...reason.terms.map(term)) : null,
    );
  });
  const shown = [heading(facts.explained ? "Why these labels" : "Labels"), el("ul.reasons", {}, ...items)];
  if (why.size)
    shown.push(
      el("p.hint", {}, "The sentence that carried each label most, and the terms that added most to its score (log-odds). a ~ b: both in one sentence; a/b: words that mean much the same."),
    );
  return shown;
}

/**
 * From which probability on a label is given.
 * @param {number | null} probability
 * @param {number | undefined} threshold
 */
function since(probability, threshold) {
  if (probability === null || threshold === undefined) return "";
  return probability < threshold ? ", comes with a label below it" : `, given from ${threshold.toFixed(2)} on`;
}

/**
 * A sentence with the terms in it standing out.
 * @param {string} sentence
 * @param {[string, number][]} terms
 * @returns {(string | Node)[]}
 */
function marked(sentence, terms) {
  // Words in brackets say where a sentence stands; a pair of words may have anything between.
  const parts = terms.flatMap(([text]) => (text.startsWith("(") ? [] : text.split(/ ~ |\//)));
  if (!parts.length) return [sentence];
  const patterns = [...new Set(parts)]
    .sort((one, other) => other.length - one.length)
    .map((part) => part.split(/\s+/).map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join("[^\\p{L}\\p{N}]+"));
  const every = new RegExp(`(?<![\\p{L}\\p{N}])(${patterns.join("|")})(?![\\p{L}\\p{N}])`, "giu");
  return sentence.split(every).map((piece, at) => (at % 2 ? el("mark", {}, piece) : piece));
}

/** @param {[string, number]} pair */
function term([text, added]) {
  return el("li", {}, text, " ", el("span.added", {}, `+${added.toFixed(2)}`));
}

/** @param {import("./data.js").Details} known */
function resources(known) {
  if (!known.resources) return [];
  const items = known.resources.map((each) => {
    const kind = KINDS[/** @type {keyof typeof KINDS} */ (each.kind)] || each.kind;
    const more = [kind, each.role, each.stage, each.origin].filter(Boolean).join(", ");
    return el(
      "li",
      {},
      each.url ? outwardLink(each.url, each.name) : el("strong", {}, each.name),
      ` (${more})`,
      each.evidence ? el("blockquote", {}, each.evidence) : null,
    );
  });
  return [heading("Resources"), el("ul.resources", {}, ...items)];
}

/**
 * @param {string} title
 * @param {[string, string, string][] | undefined} cited
 * @param {(id: string) => void} open
 */
function citations(title, cited, open) {
  if (!cited) return [];
  const items = cited.map(([id, name, day]) =>
    el("li", {}, day ? `${day.slice(0, 4)} ` : null, paperLink(id, name, open)),
  );
  return [heading(`${title} ${plural(cited.length, "paper")} of the index`), el("ul.citations", {}, ...items)];
}

/**
 * A paper's title as a link: to its row where the page has it, otherwise to arXiv.
 * @param {string} id
 * @param {string} name
 * @param {(id: string) => void} open
 */
export function paperLink(id, name, open) {
  const show = (/** @type {Event} */ event) => {
    event.preventDefault();
    open(id);
  };
  if (paperOf.has(id)) return el("a", { href: `#paper=${encodeURIComponent(id)}`, onclick: show }, name);
  return ARXIV.test(id) ? outwardLink(`https://arxiv.org/abs/${id}`, name) : el("span", {}, name);
}

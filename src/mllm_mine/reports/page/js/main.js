// Puts the page together.
import { byId, plural } from "./dom.js";
import { facts, papers } from "./data.js";
import { criteria } from "./criteria.js";
import { prepareSearch } from "./search.js";
import { keepAddress } from "./address.js";
import { themeSwitch } from "./theme.js";
import { drawTree } from "./tree.js";
import { drawMonths } from "./months.js";
import { drawTogether } from "./together.js";
import { drawPapers, showPaper } from "./papers.js";
import { drawComparisons } from "./compare.js";
import { drawFilters } from "./filters.js";
import { sectionLinks } from "./sections.js";
import { readyToPrint } from "./printing.js";

byId("summary").textContent = [
  `${plural(papers.length, "paper")} ${facts.selection.join(", ")}`.trim(),
  facts.newest && `the newest of ${facts.newest}`,
].filter(Boolean).join("; ");

themeSwitch();
drawTree();
drawPapers();
drawFilters();
const readAddress = keepAddress(() => criteria.open && showPaper(criteria.open));
sectionLinks();
drawComparisons();
drawTogether();
drawMonths();
readyToPrint();
readAddress();
prepareSearch();
document.documentElement.dataset.ready = "yes";

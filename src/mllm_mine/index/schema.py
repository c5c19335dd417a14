"""The tables of the index, as migrations that are applied in order and recorded.

A migration that has been released is never edited; a change is a new one below the last.
"""

from __future__ import annotations

import sqlite3

from mllm_mine.index.citations_schema import CITATIONS
from mllm_mine.index.entries_schema import ENTRIES
from mllm_mine.index.resources_schema import RESOURCES
from mllm_mine.index.results_schema import RESULTS
from mllm_mine.index.search_schema import SEARCH, SEARCH_OF_TEXTS

SCHEMA_VERSION = 5
"""The schema this code writes; kept in ``PRAGMA user_version`` so that a look costs nothing."""

APPLICATION_ID = 0x4D494E45
"""``PRAGMA application_id`` of our files: "MINE"."""

_PAPERS = """
CREATE TABLE papers (
    arxiv_id TEXT PRIMARY KEY NOT NULL,
    docid INTEGER NOT NULL UNIQUE,      -- the full-text index's key, see docids.py
    version INTEGER NOT NULL,
    title TEXT NOT NULL,
    abstract TEXT NOT NULL,
    authors TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(authors)),
    categories TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(categories)),
    primary_category TEXT NOT NULL DEFAULT '',
    published TEXT NOT NULL DEFAULT '',
    updated TEXT NOT NULL DEFAULT '',
    comment TEXT NOT NULL DEFAULT '',
    journal_ref TEXT NOT NULL DEFAULT '',
    doi TEXT NOT NULL DEFAULT '',
    withdrawn INTEGER NOT NULL DEFAULT 0,
    source TEXT NOT NULL DEFAULT '',    -- api, oai, atom, snapshot, jsonl
    first_seen TEXT NOT NULL,           -- when this index first met the paper
    last_changed TEXT NOT NULL,         -- when any field last changed here
    title_key INTEGER                   -- what equal titles share, see title_key.py
);
CREATE INDEX papers_published ON papers (published, arxiv_id);
CREATE INDEX papers_last_changed ON papers (last_changed);
CREATE INDEX papers_withdrawn ON papers (arxiv_id) WHERE withdrawn = 1;
"""

_PDFS = """
CREATE TABLE pdfs (
    arxiv_id TEXT PRIMARY KEY NOT NULL REFERENCES papers (arxiv_id),
    version INTEGER NOT NULL,
    status TEXT NOT NULL,               -- wanted, ok, failed, absent
    path TEXT NOT NULL DEFAULT '',      -- relative to the index's folder where it lies below it
    bytes INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try TEXT NOT NULL DEFAULT '',
    fetched_at TEXT NOT NULL DEFAULT ''
);
CREATE INDEX pdfs_status ON pdfs (status, next_try);
CREATE TABLE fulltexts (
    arxiv_id TEXT PRIMARY KEY NOT NULL REFERENCES papers (arxiv_id),
    version INTEGER NOT NULL,
    status TEXT NOT NULL,               -- ok, partial, or what kind of failure
    reason TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL DEFAULT '',
    structure TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(structure)),
    pages INTEGER NOT NULL DEFAULT 0,
    extractor TEXT NOT NULL DEFAULT '', -- program and version that read the PDF
    attempts INTEGER NOT NULL DEFAULT 1,
    seconds REAL NOT NULL DEFAULT 0,
    extracted_at TEXT NOT NULL
);
CREATE INDEX fulltexts_status ON fulltexts (status);
"""

_PREDICTIONS = """
CREATE TABLE classifications (          -- one row a paper: what the model made of it as a whole
    arxiv_id TEXT PRIMARY KEY NOT NULL REFERENCES papers (arxiv_id),
    model_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    in_scope INTEGER,
    p_in_scope REAL,
    uncertain INTEGER NOT NULL DEFAULT 0,
    unfamiliar INTEGER NOT NULL DEFAULT 0,
    used_text INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    classified_at TEXT NOT NULL
);
CREATE INDEX classifications_uncertain ON classifications (arxiv_id) WHERE uncertain = 1;
CREATE INDEX classifications_unfamiliar ON classifications (arxiv_id) WHERE unfamiliar = 1;
CREATE INDEX classifications_in_scope ON classifications (in_scope, arxiv_id);
CREATE TABLE predictions (              -- in_scope, and every label that is not far from assigned
    arxiv_id TEXT NOT NULL REFERENCES papers (arxiv_id),
    label TEXT NOT NULL,
    probability REAL NOT NULL,
    assigned INTEGER NOT NULL,
    model_id TEXT NOT NULL,
    PRIMARY KEY (arxiv_id, label)
) WITHOUT ROWID;
CREATE INDEX predictions_assigned ON predictions (label, arxiv_id) WHERE assigned = 1;
CREATE TABLE label_changes (            -- what the model took back or gave anew, and why
    change_id INTEGER PRIMARY KEY,
    arxiv_id TEXT NOT NULL REFERENCES papers (arxiv_id),
    label TEXT NOT NULL,
    assigned INTEGER NOT NULL,          -- 1 given, 0 taken back
    probability REAL,                   -- NULL: too low to be kept
    was_probability REAL,
    why TEXT NOT NULL,                  -- model, version, text
    model_id TEXT NOT NULL,
    was_model_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    was_version INTEGER NOT NULL,
    changed_at TEXT NOT NULL
);
CREATE INDEX label_changes_changed_at ON label_changes (changed_at);
CREATE TABLE models (                   -- models that learned from this index's labels by hand
    model_id TEXT PRIMARY KEY NOT NULL,
    replaced TEXT NOT NULL DEFAULT '',  -- the adopted model before it; '' is the configured one
    papers INTEGER NOT NULL,            -- labelled by hand, that it learned from
    adopted_at TEXT NOT NULL,
    content BLOB NOT NULL               -- the model file
);
CREATE TABLE classify_queue (           -- papers whose labels are not of the present abstract
    arxiv_id TEXT PRIMARY KEY NOT NULL
) WITHOUT ROWID;
"""

_LABELS = """
CREATE TABLE labels (                   -- by hand; rows are added, never changed or deleted
    label_id INTEGER PRIMARY KEY,
    arxiv_id TEXT NOT NULL,             -- may name a paper that is not (or not yet) in the index
    label TEXT NOT NULL,
    value INTEGER CHECK (value IN (0, 1)),  -- NULL takes the label by hand back
    author TEXT NOT NULL DEFAULT '',
    labelled_at TEXT NOT NULL,
    tool TEXT NOT NULL DEFAULT '',
    version INTEGER,                    -- of the paper that was read
    model_id TEXT NOT NULL DEFAULT '',  -- whose opinion was shown
    probability REAL,                   -- what it said
    note TEXT NOT NULL DEFAULT ''
);
CREATE INDEX labels_latest ON labels (arxiv_id, label, labelled_at, label_id);
CREATE INDEX labels_by_label ON labels (label, arxiv_id);
CREATE VIEW hand_labels AS              -- the newest word on each label, where not taken back
    SELECT label_id, arxiv_id, label, value, author, labelled_at, tool, version, model_id,
           probability, note
    FROM labels AS newest
    WHERE value IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM labels AS later
        WHERE later.arxiv_id = newest.arxiv_id AND later.label = newest.label
          AND (later.labelled_at, later.label_id) > (newest.labelled_at, newest.label_id)
    );
CREATE VIEW hand_implications AS        -- a label grants those above it, a refusal those below
    SELECT hand.arxiv_id, implied.implied AS label, hand.value, hand.labelled_at, hand.label_id
    FROM hand_labels AS hand CROSS JOIN taxonomy_implied AS implied
    WHERE implied.label = hand.label AND implied.value = hand.value;
CREATE VIEW hand_decisions AS           -- the newest implication on each label decides it
    SELECT arxiv_id, label, value, label_id FROM hand_implications AS newest
    WHERE NOT EXISTS (
        SELECT 1 FROM hand_implications AS later
        WHERE later.arxiv_id = newest.arxiv_id AND later.label = newest.label
          AND (later.labelled_at, later.label_id) > (newest.labelled_at, newest.label_id)
    );
CREATE VIEW effective_labels AS         -- a label by hand wins over the model
    SELECT arxiv_id, label, 'model' AS given_by, probability FROM predictions
    WHERE assigned = 1 AND NOT EXISTS (
        SELECT 1 FROM hand_decisions AS hand
        WHERE hand.arxiv_id = predictions.arxiv_id AND hand.label = predictions.label
    )
    UNION ALL
    SELECT arxiv_id, label, 'hand', 1.0 FROM hand_decisions WHERE value = 1;
"""

_BOOKKEEPING = """
CREATE TABLE runs (
    run_id INTEGER PRIMARY KEY,
    command TEXT NOT NULL,
    arguments TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(arguments)),
    started TEXT NOT NULL,
    finished TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT 'running',     -- running, done, partial, failed, died
    exit_code INTEGER,
    pid INTEGER,
    counts TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(counts)),
    message TEXT NOT NULL DEFAULT ''
);
CREATE TABLE run_failures (             -- the papers, lines and windows a run could not do
    run_id INTEGER NOT NULL REFERENCES runs (run_id),
    subject TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX run_failures_run ON run_failures (run_id);
CREATE TABLE watermarks (               -- how far a query of a source has been fetched whole
    source TEXT NOT NULL,
    query TEXT NOT NULL,
    since TEXT NOT NULL,                -- from here, except for the gaps,
    reached TEXT NOT NULL,              -- up to here
    moved_at TEXT NOT NULL,
    PRIMARY KEY (source, query)
) WITHOUT ROWID;
CREATE TABLE queries (
    query_id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    query TEXT NOT NULL,
    UNIQUE (source, query)
);
CREATE TABLE query_papers (             -- which papers a query has brought: totals are held to it
    query_id INTEGER NOT NULL REFERENCES queries (query_id),
    arxiv_id TEXT NOT NULL REFERENCES papers (arxiv_id),
    PRIMARY KEY (query_id, arxiv_id)
) WITHOUT ROWID;
CREATE TABLE resumptions (              -- fetches under way: where the next page is
    source TEXT NOT NULL,
    query TEXT NOT NULL,
    since TEXT NOT NULL,
    until TEXT NOT NULL,
    token TEXT NOT NULL,
    begun TEXT NOT NULL,                -- the server's day when the harvest began
    saved_at TEXT NOT NULL,
    PRIMARY KEY (source, query)
) WITHOUT ROWID;
CREATE TABLE gaps (                     -- windows that were not fetched whole; the next run tries
    source TEXT NOT NULL,
    query TEXT NOT NULL,
    since TEXT NOT NULL,
    until TEXT NOT NULL,
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 1,
    first_seen TEXT NOT NULL,
    last_tried TEXT NOT NULL,
    PRIMARY KEY (source, query, since, until)
) WITHOUT ROWID;
CREATE TABLE imports (                  -- files whose import was begun and not finished
    path TEXT NOT NULL,
    filters TEXT NOT NULL,
    size INTEGER NOT NULL,
    modified INTEGER NOT NULL,          -- nanoseconds since 1970
    record INTEGER NOT NULL,            -- the last one done
    offset INTEGER NOT NULL,            -- bytes up to its end, unpacked
    counts TEXT NOT NULL CHECK (json_valid(counts)),
    failed INTEGER NOT NULL,
    named TEXT NOT NULL CHECK (json_valid(named)),  -- the first records that failed
    moved_at TEXT NOT NULL,
    PRIMARY KEY (path, filters)
) WITHOUT ROWID;
CREATE TABLE settings (                 -- the model in use, the taxonomy, and other single facts
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE taxonomy_labels (          -- the taxonomy in use, so that plain SQL can group labels
    label TEXT PRIMARY KEY NOT NULL,
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    dimension TEXT NOT NULL,
    label_group TEXT NOT NULL DEFAULT '',
    parent TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TABLE taxonomy_implied (         -- what a label by hand decides besides itself, itself too
    label TEXT NOT NULL,
    value INTEGER NOT NULL,             -- 1: itself and all above; 0: itself and all below
    implied TEXT NOT NULL,
    PRIMARY KEY (label, value, implied)
) WITHOUT ROWID;
"""

_TALLIES = """
CREATE TABLE tallies (                  -- numbers of classified papers, see tallies.py
    kind TEXT NOT NULL,
    label TEXT NOT NULL DEFAULT '',
    papers INTEGER NOT NULL,
    PRIMARY KEY (kind, label)
) WITHOUT ROWID;
CREATE INDEX classifications_classified_at ON classifications (classified_at);
CREATE INDEX fulltexts_extracted_at ON fulltexts (extracted_at);
DROP TRIGGER IF EXISTS papers_reworded; -- early indexes had one; Papers enters the words now
"""

_MONTHLY_SUMS = """
CREATE TABLE monthly_sums (             -- over the model's decisions, see monthly_sums.py
    label TEXT NOT NULL,
    month TEXT NOT NULL,
    decisions INTEGER NOT NULL,
    sureness REAL NOT NULL,
    squares REAL NOT NULL,
    assigned INTEGER NOT NULL,
    assigned_chance REAL NOT NULL,
    chance REAL NOT NULL,
    PRIMARY KEY (label, month)
) WITHOUT ROWID;
"""


def create_first_schema(connection: sqlite3.Connection) -> None:
    """Migration 1: everything the first release keeps."""
    for script in (
        _PAPERS,
        _PDFS,
        CITATIONS,
        RESOURCES,
        _PREDICTIONS,
        _LABELS,
        _BOOKKEEPING,
        SEARCH,
    ):
        for statement in statements(script):
            connection.execute(statement)


def add_tallies(connection: sqlite3.Connection) -> None:
    """Migration 2: counts of classified papers that are kept up, and what changed since when."""
    for statement in statements(_TALLIES):
        connection.execute(statement)


def add_monthly_sums(connection: sqlite3.Connection) -> None:
    """Migration 3: sums over the model's decisions that are kept up."""
    for statement in statements(_MONTHLY_SUMS):
        connection.execute(statement)


def add_results(connection: sqlite3.Connection) -> None:
    """Migration 4: reported results; a text that arrives enters the search and nothing else."""
    for statement in (*statements(RESULTS), *statements(SEARCH_OF_TEXTS)):
        connection.execute(statement)


def add_entries(connection: sqlite3.Connection) -> None:
    """Migration 5: digests of the entries that were taken in as they stand."""
    for statement in statements(ENTRIES):
        connection.execute(statement)


MIGRATIONS = (create_first_schema, add_tallies, add_monthly_sums, add_results, add_entries)
"""In order; migration number n brings the schema to version n."""


def statements(script: str) -> list[str]:
    """Splits a script into statements (``executescript`` would commit behind our back)."""
    found: list[str] = []
    pending = ""
    for line in script.splitlines():
        pending += line + "\n"
        if sqlite3.complete_statement(pending):
            found.append(pending.strip())
            pending = ""
    return found


def classified_view(dimensions: tuple[str, ...]) -> str:
    """The view ``classified``: one row a paper, in the columns of the CSV report.

    Args:
        dimensions: ids of the taxonomy's dimensions, each a column of labels.
    """
    # Both arms name the paper, so that each is a look-up by key and nothing is scanned.
    columns = ",\n        ".join(
        f"""(SELECT group_concat(label, '; ') FROM (
            SELECT known.label FROM (
                SELECT label FROM predictions
                WHERE predictions.arxiv_id = papers.arxiv_id AND assigned = 1 AND NOT EXISTS (
                    SELECT 1 FROM hand_decisions AS hand
                    WHERE hand.arxiv_id = papers.arxiv_id AND hand.label = predictions.label)
                UNION ALL
                SELECT label FROM hand_decisions
                WHERE hand_decisions.arxiv_id = papers.arxiv_id AND value = 1
            ) AS effective JOIN taxonomy_labels AS known USING (label)
            WHERE known.dimension = '{dimension}' ORDER BY known.position)) AS "{dimension}\""""
        for dimension in dimensions
    )
    joined = "(SELECT group_concat(value, '; ') FROM json_each(papers.{0})) AS {0}"
    return f"""CREATE VIEW classified AS
    SELECT papers.arxiv_id, papers.version, papers.title, {joined.format("authors")},
        papers.published, papers.updated, papers.primary_category,
        {joined.format("categories")},
        coalesce((SELECT value FROM hand_labels AS hand WHERE hand.arxiv_id = papers.arxiv_id
            AND hand.label = 'in_scope'), classifications.in_scope) AS in_scope,
        classifications.p_in_scope,
        {columns},
        CASE WHEN papers.arxiv_id GLOB '[0-9][0-9][0-9][0-9].[0-9]*'
              OR papers.arxiv_id GLOB '[a-z]*/[0-9]*'
            THEN 'https://arxiv.org/abs/' || papers.arxiv_id ELSE '' END AS url
    FROM papers LEFT JOIN classifications USING (arxiv_id)"""

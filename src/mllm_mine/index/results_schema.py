"""The tables of reported results, part of migration 4."""

RESULTS = """
CREATE TABLE results (                  -- numbers that papers report on benchmarks
    arxiv_id TEXT NOT NULL REFERENCES papers (arxiv_id),
    position INTEGER NOT NULL,          -- in the order of the paper
    source TEXT NOT NULL,               -- abstract, text, table
    page INTEGER,                       -- of the PDF; NULL in an abstract
    benchmark TEXT NOT NULL,
    model TEXT NOT NULL DEFAULT '',     -- '' here and below: the sentence or table does not say
    size TEXT NOT NULL DEFAULT '',      -- of the model: 7B, large
    model_from TEXT NOT NULL DEFAULT '', -- what names it: result, or only the paper's abstract
    baseline TEXT NOT NULL DEFAULT '',  -- the model that a difference is measured against
    metric TEXT NOT NULL DEFAULT '',
    number TEXT NOT NULL,               -- as written
    kind TEXT NOT NULL DEFAULT '',      -- value, difference
    languages TEXT NOT NULL DEFAULT '', -- as written
    evidence TEXT NOT NULL,             -- the sentence, or caption, row, column and cell
    PRIMARY KEY (arxiv_id, position)
) WITHOUT ROWID;
CREATE INDEX results_benchmark ON results (benchmark, model, size);
CREATE TABLE result_readings (          -- which state of each paper was read for them
    arxiv_id TEXT PRIMARY KEY NOT NULL REFERENCES papers (arxiv_id),
    state TEXT NOT NULL
) WITHOUT ROWID;
"""

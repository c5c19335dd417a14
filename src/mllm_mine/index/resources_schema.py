"""The tables of resources, part of migration 1."""

RESOURCES = """
CREATE TABLE resources (                -- what a paper releases, uses or mentions
    arxiv_id TEXT NOT NULL REFERENCES papers (arxiv_id),
    name_key TEXT NOT NULL,             -- the name without case, hyphens and spaces
    name TEXT NOT NULL,
    kind TEXT NOT NULL,                 -- dataset, benchmark, leaderboard, model, code
    url TEXT NOT NULL DEFAULT '',
    role TEXT NOT NULL,                 -- released, used, mentioned
    stage TEXT NOT NULL DEFAULT '',     -- the survey's grouping of data, where it can be told
    origin TEXT NOT NULL DEFAULT '',
    evidence TEXT NOT NULL,             -- the sentence
    PRIMARY KEY (arxiv_id, name_key, kind)
) WITHOUT ROWID;
CREATE INDEX resources_name_key ON resources (name_key, kind);
CREATE TABLE resource_readings (        -- which state of each paper was read for them
    arxiv_id TEXT PRIMARY KEY NOT NULL REFERENCES papers (arxiv_id),
    state TEXT NOT NULL
) WITHOUT ROWID;
"""

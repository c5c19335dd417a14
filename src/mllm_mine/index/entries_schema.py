"""The table of entries that were taken in as they stand, part of migration 5."""

ENTRIES = """
CREATE TABLE entries (                  -- see entries.py
    arxiv_id TEXT PRIMARY KEY NOT NULL,
    digest BLOB NOT NULL,               -- of the entry's bytes, and of the rules of reading
    updated TEXT NOT NULL
) WITHOUT ROWID;
CREATE TRIGGER papers_entries AFTER UPDATE ON papers BEGIN
    DELETE FROM entries WHERE arxiv_id = old.arxiv_id;
END;
"""

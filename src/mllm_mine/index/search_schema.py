"""The full-text index, and the triggers that keep it and the queue of the classifier."""

from __future__ import annotations

# The full-text index keeps no copy of the text: it reads it through the view `searchable`.
# An external-content FTS5 table must be told the old values when a row changes, hence "delete".
# The words of papers are entered and taken out by `Papers`, a batch in one statement: a trigger
# makes FTS5 write a segment for each paper, and merge them again and again. `hashsize` is how many
# bytes of a large transaction FTS5 may hold before it writes a segment.
# Triggers must not say OR IGNORE: the ON CONFLICT of the statement that fires them overrides it.
SEARCH = """
CREATE VIEW searchable AS
    SELECT papers.docid AS docid, papers.title AS title, papers.abstract AS abstract,
           coalesce(fulltexts.text, '') AS text
    FROM papers LEFT JOIN fulltexts USING (arxiv_id);
CREATE VIRTUAL TABLE papers_fts USING fts5 (
    title, abstract, text, content='searchable', content_rowid='docid',
    tokenize="unicode61 remove_diacritics 2"
);
INSERT INTO papers_fts (papers_fts, rank) VALUES ('hashsize', 33554432);
INSERT INTO papers_fts (papers_fts, rank) VALUES ('automerge', 8);
CREATE TRIGGER papers_added AFTER INSERT ON papers BEGIN
    INSERT INTO classify_queue SELECT new.arxiv_id
        WHERE new.arxiv_id NOT IN (SELECT arxiv_id FROM classify_queue);
END;
CREATE TRIGGER papers_changed AFTER UPDATE OF title, abstract, version ON papers
WHEN old.title IS NOT new.title OR old.abstract IS NOT new.abstract
    OR old.version IS NOT new.version BEGIN
    INSERT INTO classify_queue SELECT new.arxiv_id
        WHERE new.arxiv_id NOT IN (SELECT arxiv_id FROM classify_queue);
END;
CREATE TRIGGER papers_deleted AFTER DELETE ON papers BEGIN
    INSERT INTO papers_fts (papers_fts, rowid, title, abstract, text)
        VALUES ('delete', old.docid, old.title, old.abstract, '');
    DELETE FROM classify_queue WHERE arxiv_id = old.arxiv_id;
END;
CREATE TRIGGER fulltexts_deleted AFTER DELETE ON fulltexts WHEN old.text <> '' BEGIN
    INSERT INTO papers_fts (papers_fts, rowid, title, abstract, text)
        SELECT 'delete', docid, title, abstract, old.text
        FROM papers WHERE arxiv_id = old.arxiv_id;
    INSERT INTO papers_fts (rowid, title, abstract, text)
        SELECT docid, title, abstract, '' FROM papers WHERE arxiv_id = old.arxiv_id;
END;
"""

SEARCH_OF_TEXTS = """
DROP TRIGGER IF EXISTS fulltexts_added;   -- early indexes classified a paper anew for its text
DROP TRIGGER IF EXISTS fulltexts_changed;
CREATE TRIGGER fulltexts_added AFTER INSERT ON fulltexts WHEN new.text <> '' BEGIN
    INSERT INTO papers_fts (papers_fts, rowid, title, abstract, text)
        SELECT 'delete', docid, title, abstract, '' FROM papers WHERE arxiv_id = new.arxiv_id;
    INSERT INTO papers_fts (rowid, title, abstract, text)
        SELECT docid, title, abstract, new.text FROM papers WHERE arxiv_id = new.arxiv_id;
END;
CREATE TRIGGER fulltexts_changed AFTER UPDATE OF text ON fulltexts
WHEN old.text IS NOT new.text BEGIN
    INSERT INTO papers_fts (papers_fts, rowid, title, abstract, text)
        SELECT 'delete', docid, title, abstract, old.text
        FROM papers WHERE arxiv_id = old.arxiv_id;
    INSERT INTO papers_fts (rowid, title, abstract, text)
        SELECT docid, title, abstract, new.text FROM papers WHERE arxiv_id = new.arxiv_id;
END;
"""

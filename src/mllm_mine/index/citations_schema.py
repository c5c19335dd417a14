"""The tables of references and the view that makes citations of them, part of migration 1."""

CITATIONS = """
CREATE INDEX papers_title_key ON papers (title_key) WHERE title_key IS NOT NULL;
CREATE INDEX papers_doi ON papers (lower(doi)) WHERE doi <> '';
CREATE TABLE paper_references (         -- the entries of the reference lists of texts
    arxiv_id TEXT NOT NULL REFERENCES papers (arxiv_id),
    position INTEGER NOT NULL,          -- in the list, from 0
    year INTEGER,
    cited_id TEXT,                      -- what the entry states, without version
    doi BLOB,                           -- text in lower case; BLOB as an expression's index has
                                        -- no affinity, and could not be used to look TEXT up
    PRIMARY KEY (arxiv_id, position)
) WITHOUT ROWID;
CREATE INDEX paper_references_cited_id ON paper_references (cited_id) WHERE cited_id IS NOT NULL;
CREATE INDEX paper_references_doi ON paper_references (doi) WHERE doi IS NOT NULL;
CREATE TABLE reference_titles (         -- what may be the title of an entry
    arxiv_id TEXT NOT NULL REFERENCES papers (arxiv_id),
    position INTEGER NOT NULL,
    title_key INTEGER NOT NULL,
    PRIMARY KEY (arxiv_id, position, title_key)
) WITHOUT ROWID;
CREATE INDEX reference_titles_title_key ON reference_titles (title_key);
-- A view, so that it is right whichever of the two papers came first, and whatever changes. All
-- sides have an index: to ask about one paper costs a few look-ups for each of its references.
-- An id decides, then a DOI; a title counts only when it names one paper of about that year.
CREATE VIEW citations AS
    SELECT entry.arxiv_id, cited.arxiv_id AS cited_id, entry.position, 'id' AS matched_by
    FROM paper_references AS entry JOIN papers AS cited ON cited.arxiv_id = entry.cited_id
    WHERE cited.arxiv_id <> entry.arxiv_id AND entry.cited_id IS NOT NULL
    UNION ALL
    SELECT entry.arxiv_id, cited.arxiv_id, entry.position, 'doi'
    FROM paper_references AS entry JOIN papers AS cited
        ON lower(cited.doi) = entry.doi AND cited.doi <> ''
    WHERE cited.arxiv_id <> entry.arxiv_id AND entry.doi IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM papers AS named WHERE named.arxiv_id = entry.cited_id)
    UNION ALL
    SELECT entry.arxiv_id, cited.arxiv_id, entry.position, 'title'
    FROM reference_titles AS title
        JOIN paper_references AS entry USING (arxiv_id, position)
        JOIN papers AS cited ON cited.title_key = title.title_key
    WHERE cited.arxiv_id <> entry.arxiv_id
        AND (entry.year IS NULL OR cited.published = ''
            OR entry.year >= CAST(substr(cited.published, 1, 4) AS INTEGER) - 2)
        AND NOT EXISTS (SELECT 1 FROM papers AS named WHERE named.arxiv_id = entry.cited_id)
        AND NOT EXISTS (SELECT 1 FROM papers AS named
            WHERE lower(named.doi) = entry.doi AND named.doi <> '')
        AND NOT EXISTS (SELECT 1 FROM papers AS namesake
            WHERE namesake.title_key = title.title_key
                AND namesake.arxiv_id <> cited.arxiv_id);
"""

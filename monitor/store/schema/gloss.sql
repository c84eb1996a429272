-- What the headlines of hits name, and how others put them: see `gloss` and matching/terms/labels.
CREATE TABLE article_gloss (
    article_id INTEGER PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,
    terms TEXT NOT NULL           -- JSON: term sets, figures and the speaker
);
-- Machine translations of headlines, cached: the same headline is never sent twice.
CREATE TABLE machine_gloss (
    digest BLOB NOT NULL,         -- of the headline and its language
    lang TEXT NOT NULL,           -- of the gloss
    text TEXT NOT NULL,           -- empty: the endpoint had none
    model TEXT NOT NULL, characters INTEGER NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (digest, lang)
) WITHOUT ROWID;
CREATE INDEX machine_gloss_at ON machine_gloss(at);
-- Settings of the configuration that those need who read the database alone.
CREATE TABLE desk_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

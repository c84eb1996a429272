-- How reliable a feed's publisher is (Admiralty code, A to F), and for whom speakers speak.
ALTER TABLE feeds ADD COLUMN reliability TEXT NOT NULL DEFAULT 'F';
CREATE TABLE speaker_sides (
    speaker TEXT PRIMARY KEY,     -- as texts name the speaker
    side TEXT NOT NULL            -- the term set of a country
) WITHOUT ROWID;

"""Add why a feed fails as a word of its own: its text is for people, and not read again."""

from monitor.store.schema.health import SQL as _HEALTH

_VIEW = _HEALTH[_HEALTH.index("-- What `feedhealth.health` judges by") :]
SQL = """
ALTER TABLE feeds ADD COLUMN reason TEXT NOT NULL DEFAULT '';
UPDATE feeds SET reason = CASE
    WHEN error LIKE 'http-401%' OR error LIKE 'http-403%' OR error LIKE 'http-451%'
        THEN 'http-denied'
    WHEN error LIKE 'http-410%' THEN 'http-gone'
    WHEN error LIKE 'http-%' THEN 'http'
    ELSE substr(error, 1, instr(error || ':', ':') - 1) END;

DROP VIEW feed_health;

""" + _VIEW.replace("f.error, f.failures,", "f.error, f.reason, f.failures,")

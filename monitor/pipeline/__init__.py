"""The whole path of an article, from a feed's socket to Slack.

    poll     claim due feeds ─▶ fetch ─▶ scan (a worker) ─▶ ingest ─┐
                  ▲                                                 │ one transaction
                  └────────────── due again ◀───────────────────────┤
                                                                    ▼
    ingest   load what is known ─▶ decide ─▶ apply ─▶ of each hit: story ─▶ alert in the outbox
                                                                    │
    deliver  claim due alerts ─▶ still unmuted? ─▶ send ─▶ record ◀─┘

Read `context`, then `poll`, `ingest` (with `decide` and `story_alerts`), `deliver`. Two queues with
due times: feeds and alerts. A claim that is not written back, after a crash or a cancelled task,
comes due again when its lease ends. Pure functions (`decide`, `feeds.schedule`, `stories`,
`alerts`) decide; the modules here call them in order and read no clock.
"""

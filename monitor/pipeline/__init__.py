"""The whole path of an article, from a feed's socket to Slack.

    poll     claim due feeds ─▶ fetch ─▶ scan (a worker) ─▶ ingest ─┐
                  ▲                                                 │ one transaction
                  └────────────── due again ◀───────────────────────┤
                                                                    ▼
    ingest   entry known? ─▶ article ─▶ matches ─▶ story ─▶ alert in the outbox
                                                                    │
    deliver  claim due alerts ─▶ still unmuted? ─▶ send ─▶ record ◀─┘

Read `context`, then `poll`, `ingest`, `deliver`. Two queues with due times: feeds and alerts. A
claim that is not written back, after a crash or a cancelled task, comes due again when its lease
ends. Pure functions (`feeds.schedule`, `stories`, `alerts`) decide; the modules here call them in
order and read no clock.
"""

"""Are the channels healthy? Frozen thresholds -> a check over every closed day -> cases with evidence and actions.

``run.run_rules`` is the one entry; replaying history is the same call, because every check returns all cases of
history, open and past.
"""

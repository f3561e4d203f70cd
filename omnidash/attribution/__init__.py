"""Which channel deserves the credit: pure maths on a table of aggregated paths.

``models.attribute(path_table, model)`` is the one entry; ``models.MODELS`` lists what there is. Every model credits
the same conversions and revenue: credits add up to what was observed (participation alone may exceed it).
``comparison.compare`` holds all of them beside each other on the journeys, with how sure each is; ``synergy`` looks at
pairs of channels, ``geo_lift`` reads regional experiments and ``evidence`` keeps what experiments found.
"""

"""The sections of the journeys screen: map, paths, overlap, rhythm, cohorts. The funnel stands in ui/funnel_view."""

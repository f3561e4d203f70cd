"""The budget: what-if with sliders, the proven best plan, robust moves, the weekly pool, pace and scenarios."""

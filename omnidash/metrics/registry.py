"""Every metric the app shows. The "what is this number?" card, the docs page and the tests all read this list."""

from omnidash.metrics import (
    cac,
    claimed,
    conversion_rate,
    conversion_rate_volatility,
    conversions,
    cross_channel_conversion_rate,
    hhi,
    net_revenue,
    new_customers,
    persons_reached,
    repurchase_rate,
    roas,
    roi,
    share,
    spend,
    touches,
    unit_traffic_cost,
)
from omnidash.metrics.metric import Metric

METRICS: dict[str, Metric] = {
    module.METRIC.name: module.METRIC
    for module in (
        spend,
        net_revenue,
        roas,
        roi,
        conversions,
        new_customers,
        cac,
        claimed,
        touches,
        persons_reached,
        share,
        hhi,
        conversion_rate,
        cross_channel_conversion_rate,
        repurchase_rate,
        unit_traffic_cost,
        conversion_rate_volatility,
    )
}

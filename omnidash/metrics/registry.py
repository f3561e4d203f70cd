"""Every metric the app shows. The "what is this number?" card, the docs page and the tests all read this list."""

from omnidash.metrics import (
    cac,
    cac_to_ltv,
    claimed,
    conversion_rate,
    conversion_rate_volatility,
    conversions,
    cross_channel_conversion_rate,
    hhi,
    ltv,
    net_revenue,
    new_customers,
    nps,
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
        ltv,
        cac_to_ltv,
        claimed,
        touches,
        persons_reached,
        share,
        hhi,
        conversion_rate,
        cross_channel_conversion_rate,
        repurchase_rate,
        nps,
        unit_traffic_cost,
        conversion_rate_volatility,
    )
}

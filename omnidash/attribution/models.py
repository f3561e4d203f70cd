"""The attribution models there are, and the one call that runs any of them."""

from dataclasses import dataclass

from omnidash.attribution.credit_table import CreditTable
from omnidash.attribution.markov import markov
from omnidash.attribution.path_table import PathTable
from omnidash.attribution.rules import DIRECT_CHANNELS, RULES, last_non_direct
from omnidash.attribution.shapley import shapley
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model: ``name`` as on the command line, ``title`` and ``explanation`` as ``N_``-marked templates.

    ``adds_up``: its credits add up to the observed total. ``needs_ages``: it needs the time of every touch, so it runs
    on events and not on aggregated paths.
    """

    name: str
    title: str
    explanation: str
    adds_up: bool = True
    needs_ages: bool = False


MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        Model(name="first", title=N_("First touch"), explanation=N_("All credit to the first touch.")),
        Model(name="last", title=N_("Last touch"), explanation=N_("All credit to the last touch.")),
        Model(
            name="last_non_direct",
            title=N_("Last non-direct touch"),
            explanation=N_("All credit to the last touch that is not direct."),
        ),
        Model(name="linear", title=N_("Linear"), explanation=N_("Every touch of a path gets the same credit.")),
        Model(
            name="position",
            title=N_("Position-based (40/20/40)"),
            explanation=N_("40 % to the first touch, 40 % to the last, 20 % to those between."),
        ),
        Model(
            name="time_decay",
            title=N_("Time decay"),
            explanation=N_("The older a touch, the less credit: half after every 7 days."),
            needs_ages=True,
        ),
        Model(
            name="participation",
            title=N_("Participation"),
            explanation=N_("Every channel of a path gets the whole conversion, so credits have no total."),
            adds_up=False,
        ),
        Model(
            name="markov",
            title=N_("Markov chain"),
            explanation=N_("Credit by what would be lost if the channel were removed from all paths."),
        ),
        Model(
            name="shapley",
            title=N_("Shapley value"),
            explanation=N_(
                "Conversions of a path are shared equally by its distinct channels (its exact Shapley value)."
            ),
        ),
    )
}


def attribute(
    paths: PathTable,
    model: str,
    *,
    order: int = 1,
    worth: str = "conversions",
    direct_channels: tuple[str, ...] = DIRECT_CHANNELS,
    seed: int = 0,
) -> CreditTable:
    """Credits of one model of ``MODELS`` on aggregated paths.

    ``order`` serves markov, ``worth`` and ``seed`` shapley, ``direct_channels`` last_non_direct. Raises WrongUse for an
    unknown model and for time_decay, which needs the ages of touches.
    """
    if model == "markov":
        return markov(paths, order=order)
    if model == "shapley":
        return shapley(paths, worth=worth, seed=seed)
    if model == "last_non_direct":
        return last_non_direct(paths, direct_channels=direct_channels)
    if model not in RULES:
        raise WrongUse(
            N_("Attribution model {model} is unknown; choose one of {known}."),
            model=repr(model),
            known=", ".join(MODELS),
        )
    return RULES[model](paths)

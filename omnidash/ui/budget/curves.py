"""The curves of the budget screen: cached by the state of the data; what takes seconds (the media mix, the curves under
every attribution model) is fitted in the background. What failed there is not kept for good: a button has it tried
again, and so does the next look at it after ``TRIED_AGAIN_AFTER`` seconds."""

from dataclasses import dataclass, field
from threading import Thread
from time import monotonic
from typing import Protocol, cast

import polars as pl
import streamlit as st

from omnidash.budget.bases import BASES, Basis, Known, curves_of, curves_on, known_of
from omnidash.budget.curve import ChannelCurve
from omnidash.budget.expected import Expected
from omnidash.model.errors import OmniDashError
from omnidash.model.filters import DAILY_MODELS
from omnidash.model.period import Period
from omnidash.store import Workspace
from omnidash.ui import compute
from omnidash.ui.fragment import fragment
from omnidash.ui.i18n import _
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

TRIED_AGAIN_AFTER = 60.0  # a page asks many times a minute: what fails at once must not be begun with every slider


@dataclass(slots=True)
class MixJob:
    """A fit of the media mix that goes on beside the page. ``share`` of it done; then ``curves`` or ``error``."""

    share: float = 0.0
    curves: tuple[ChannelCurve, ...] | None = None
    error: Exception | None = None
    failed_at: float = 0.0

    @property
    def is_done(self) -> bool:
        """Whether there is a result (or a failure, which is raised when it is read)."""
        return self.curves is not None or self.error is not None


@dataclass(slots=True)
class ViewsJob:
    """Curves under every attribution model, made beside the page, and the media mix, which has a job of its own."""

    mix: MixJob
    by_model: dict[str, tuple[ChannelCurve, ...]] = field(default_factory=dict)
    error: Exception | None = None
    failed_at: float = 0.0

    @property
    def share(self) -> float:
        """Of the work done: the mix takes about as long as all models together."""
        return 0.5 * len(self.by_model) / len(DAILY_MODELS) + 0.5 * (1.0 if self.mix.is_done else self.mix.share)

    @property
    def failure(self) -> Exception | None:
        """What went wrong in a view, if anything did."""
        return self.error if self.error is not None else self.mix.error

    @property
    def is_done(self) -> bool:
        """Whether every view is there, or one has failed."""
        return self.failure is not None or (len(self.by_model) == len(DAILY_MODELS) and self.mix.is_done)


class Work(Protocol):
    """Something at work beside the page."""

    @property
    def share(self) -> float: ...

    @property
    def is_done(self) -> bool: ...


def chosen_basis() -> Basis:
    """The basis in the address; attributed revenue by default."""
    asked = st.query_params.get("basis", BASES[0])
    return cast(Basis, asked) if asked in BASES else BASES[0]


def reference_of(screen: Screen) -> Period:
    """The chosen period as far as spend was delivered: no delivery must not look like no spend."""
    period, until = screen.filters.period, screen.facts.fresh.spend_last_day
    if until is None or until >= period.last_day or until < period.first_day:
        return period
    return Period(first_day=period.first_day, last_day=until)


def attributed(screen: Screen, model: str) -> tuple[ChannelCurve, ...]:
    """Curves of the revenue that a model credits."""
    return _attributed(compute.version_of(screen.workspace), screen.workspace, model, reference_of(screen))


def media_mix(screen: Screen) -> MixJob:
    """The media mix of this data and period: started when first asked for."""
    about = compute.version_of(screen.workspace), screen.workspace, reference_of(screen)
    job = _mix_job(*about)
    if job.error is not None and _is_forgotten(job):
        _mix_job.clear(*about)
        job = _mix_job(*about)
    return job


def every_view(screen: Screen) -> ViewsJob:
    """The curves under every attribution model and of the media mix: started when first asked for."""
    about = compute.version_of(screen.workspace), screen.workspace, reference_of(screen)
    mix = media_mix(screen)
    job = _views_job(*about, mix)
    if job.mix is not mix or (job.error is not None and _is_forgotten(job)):
        _views_job.clear(*about, mix)
        job = _views_job(*about, mix)
    return job


def say_failure(screen: Screen, error: Exception) -> None:
    """What went wrong beside the page, with a button that has it tried again."""
    st.button(_("Try again"), key="try_again", icon=":material/refresh:", on_click=_forget_failures, args=(screen,))
    if not isinstance(error, OmniDashError):
        raise error
    st.error(plain(screen.say(error.message)), icon=":material/error:")


def _forget_failures(screen: Screen) -> None:
    about = compute.version_of(screen.workspace), screen.workspace, reference_of(screen)
    mix = media_mix(screen)
    _views_job.clear(*about, mix)
    if mix.error is not None:
        _mix_job.clear(*about)


def _is_forgotten(job: MixJob | ViewsJob) -> bool:
    return monotonic() - job.failed_at >= TRIED_AGAIN_AFTER


def wait_for(job: Work, said: str | None = None) -> None:
    """A progress line; the page is drawn anew when the work is done."""
    fragment(_progress, run_every=0.8)(job, said)


def _progress(job: Work, said: str | None) -> None:
    if job.is_done:
        st.rerun()
    st.progress(min(job.share, 1.0), text=said or _("Fitting the media mix to all channels together …"))


@st.cache_resource(show_spinner=False, max_entries=16)
def _attributed(
    version: compute.Version,
    _workspace: Workspace,
    model: str,
    reference: Period,
) -> tuple[ChannelCurve, ...]:
    return curves_of(_workspace, "attributed", compute.channel_days_at(version, _workspace, model), reference)


@st.cache_resource(show_spinner=False, max_entries=8)
def _mix_job(
    version: compute.Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    reference: Period,
) -> MixJob:
    job = MixJob()
    days = compute.channel_days(_workspace, "last")  # total revenue is the same under every model
    known = known_of(_workspace, days["channel"].unique().to_list())
    Thread(target=_fit, args=(job, days, reference, known), daemon=True).start()
    return job


@st.cache_resource(show_spinner=False, max_entries=8)
def _views_job(version: compute.Version, _workspace: Workspace, reference: Period, _mix: MixJob) -> ViewsJob:
    job = ViewsJob(_mix)
    Thread(target=_fit_views, args=(job, version, _workspace, reference), daemon=True).start()
    return job


def _fit_views(job: ViewsJob, version: compute.Version, workspace: Workspace, reference: Period) -> None:
    try:
        for model in DAILY_MODELS:
            curves = _attributed(version, workspace, model, reference)
            if curves:
                Expected.of(curves)
            job.by_model[model] = curves
    except Exception as error:  # (shown by the page that waits)
        job.failed_at, job.error = monotonic(), error


def _fit(job: MixJob, days: pl.DataFrame, reference: Period, known: Known) -> None:
    def told(share: float) -> None:
        job.share = share

    try:
        curves = curves_on("total", days, reference, known=known, progress=told)
        if curves:
            Expected.of(curves)  # tabulated here, so that the first plan does not wait for it
        job.curves = curves
    except Exception as error:  # (shown by the page that waits)
        job.failed_at, job.error = monotonic(), error

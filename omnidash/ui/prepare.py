"""What must be ready before a screen: the sample workspace, and the kernels compiled. With progress, once per machine;
never in the middle of a click.

The kernels are compiled by one background thread: those of the first screen while the sample is imported, the others
once that screen stands (they would only slow both down before).
"""

import subprocess
import sys
import threading
from pathlib import Path

import streamlit as st

from omnidash.journeys.warm import warm, warm_first_screen
from omnidash.model.messages import Message
from omnidash.ui import workspaces
from omnidash.ui.i18n import _, words

_FIRST_SCREEN = "overview"
_PATIENCE_SECONDS = 120.0
_ROOT = Path(__file__).resolve().parents[2]
_DRAWING_SECONDS = 4.0


class _Kernels:
    """The compiling thread of this process, and how far it is."""

    def __init__(self) -> None:
        self.first_screen, self.everything = threading.Event(), threading.Event()
        self.may_go_on = threading.Event()
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self, *, beside: bool) -> None:
        """Begin compiling, once. ``beside``: in a process of its own, while this one has the sample to import."""
        with self._start:
            if self._thread is None:
                self._thread = threading.Thread(target=self._compile, args=(beside,), name="kernels", daemon=True)
                self._thread.start()

    def wait_for(self, page: str) -> threading.Event:
        """The event a page has to wait for."""
        return self.first_screen if page == _FIRST_SCREEN else self.everything

    def _compile(self, beside: bool) -> None:
        try:
            if beside:  # the compiler holds the interpreter's lock; its machine code is then read from the disk cache
                command = "from omnidash.journeys.warm import warm_first_screen; warm_first_screen()"
                subprocess.run([sys.executable, "-c", command], cwd=_ROOT, check=False, timeout=_PATIENCE_SECONDS)
            warm_first_screen()
            self.first_screen.set()
            self.may_go_on.wait(_PATIENCE_SECONDS)
            warm()
        except RuntimeError as error:
            # Threads cannot be started any more once the server is being stopped; then nobody waits for a kernel. Pools
            # of threads say so (and nothing else does) a moment before the interpreter itself does.
            is_stopping = sys.is_finalizing() or not threading.main_thread().is_alive()
            if not is_stopping and "shutdown" not in str(error):
                raise
        finally:  # a page must not wait for ever; what is not compiled is compiled in its first call
            self.first_screen.set()
            self.everything.set()


_kernels = _Kernels()


def prepare(page: str) -> None:
    """Build the sample if this session looks at it and it is not there yet; wait for the kernels of this page."""
    has_to_build = workspaces.chosen_workspace() == workspaces.SAMPLE and not workspaces.sample_is_ready()
    _kernels.start(beside=has_to_build)
    if has_to_build:
        _build_sample_with_progress()
    if page == "data" or not workspaces.has_data():
        return  # nothing to compute
    ready = _kernels.wait_for(page)
    if page == _FIRST_SCREEN and not _kernels.may_go_on.is_set():
        later = threading.Timer(_DRAWING_SECONDS, _kernels.may_go_on.set)
        later.daemon = True
        later.start()
    elif page != _FIRST_SCREEN:
        _kernels.may_go_on.set()
    if not ready.is_set():
        with st.spinner(_("Preparing the calculation kernels (first start only) …")):
            ready.wait()


def wait_for_first_screen() -> None:
    """For work beside the pages: return once the kernels of the first screen are loaded."""
    _kernels.start(beside=False)
    _kernels.first_screen.wait(_PATIENCE_SECONDS)


def _build_sample_with_progress() -> None:
    """The first screen of all: what is being made, how far it is, and a way past it for who has files to import."""
    place = st.empty()
    with place.container(key="first_start", width=640):
        st.markdown(f"## {_('A sample brand is being built, so that you have something to look at')}")
        st.caption(_("Ten channels, six months, read from export files as the platforms write them. First start only."))
        bar = st.progress(0.0)
        st.button(
            _("Start with my own files instead"),
            icon=":material/upload_file:",
            key="skip_sample",
            on_click=workspaces.choose_workspace,
            args=(workspaces.OWN,),
        )

    def progress(fraction: float, message: Message) -> None:
        bar.progress(min(max(fraction, 0.0), 1.0), text=words().render(message))

    workspaces.build_sample(progress)
    place.empty()

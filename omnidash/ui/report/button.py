"""The button that takes the page away as one HTML file."""

from datetime import datetime

import streamlit as st

from omnidash.ui.i18n import _
from omnidash.ui.report.collected import Collected
from omnidash.ui.report.html_page import html_page


def report_button(collected: Collected) -> None:
    """Written only when it is pressed, from what the page had collected by then."""
    now = datetime.now()
    st.download_button(
        _("Save this page"),
        data=lambda: html_page(collected, made=now.date()),
        file_name=f"omnidash-{collected.page}-{now:%Y-%m-%d}.html",
        mime="text/html",
        icon=":material/download:",
        on_click="ignore",
        key="save_page",
        type="tertiary",
        help=_("One HTML file with the numbers, charts, tables and definitions of this page. It opens anywhere."),
    )

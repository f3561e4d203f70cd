"""axe-core on a page: what it finds, less what Streamlit itself causes and no app can mend."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Rule -> selectors of Streamlit's own elements (1.67). Everything else is ours.
STREAMLITS_OWN: dict[str, tuple[str, ...]] = {
    "presentation-role-conflict": ("stFileUploaderDropzone",),
}


def problems(page: Page) -> list[str]:
    """Violations of WCAG 2 A and AA and of best practice that our code causes, one line each."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{violation['id']}: {violation['help']}: {' '.join(map(str, node['target']))}: {node['html'][:160]}"
        for violation in found
        for node in violation["nodes"]
        if not any(own in f"{node['target']} {node['html']}" for own in STREAMLITS_OWN.get(violation["id"], ()))
    ]

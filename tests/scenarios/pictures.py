"""Take the pictures of the READMEs from the demo data.

    python tests/scenarios/pictures.py --url http://127.0.0.1:8069 --db NAME

Each picture is a page as one of the people of the demo data sees it, in English. The
database is a fresh one of ``setup/run``; what a picture shows is looked up in it. Look
at each picture before it is committed.

Needs the packages playwright and Pillow, and a Chromium (``--chromium``).
"""

import argparse
import io
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from browser import PHONE, Person
from cast import ZONE, Cast
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
COLOURS = 128
FORM, CHART = ".o_form_view", ".o-spreadsheet canvas"
TENDER, CONTRACT = "outsourcing.tender", "outsourcing.contract"
TICKET, FORMS = "itsm.ticket", "vendor.quality.form"
PICTURES = {
    "outsourcing_mgmt/tender": {
        "login": "procurement",
        "model": TENDER,
        "domain": [["state", "=", "standstill"]],
        "action": "outsourcing_mgmt.outsourcing_tender_action",
        "tab": "Comparison",
        "height": 1240,
    },
    "outsourcing_mgmt/contract": {
        "login": "officer",
        "model": CONTRACT,
        "domain": [["state", "=", "active"], ["category_id.code", "=", "IT"]],
        "action": "outsourcing_mgmt.outsourcing_contract_action",
    },
    "itsm_desk/ticket": {
        "login": "technician",
        "model": TICKET,
        "domain": [["state", "=", "in_progress"], ["user_id.login", "=", "technician"]],
        "action": "itsm_desk.itsm_ticket_action_mine",
    },
    "vendor_quality/quality_form": {
        "login": "qualityofficer",
        "model": FORMS,
        "domain": [
            ["state", "=", "approved"],
            ["deduction_ids.kind", "=", "retention"],
        ],
        "action": "vendor_quality.vendor_quality_form_action",
        "tab": "Amounts",
    },
    "vendor_quality/held_bill": {
        "login": "accountant",
        "model": "account.move",
        "domain": [["vendor_quality_hold_ids.state", "=", "active"]],
        "action": "account.action_move_in_invoice",
        "height": 760,
    },
    "vendor_quality/vendor_portal": {
        "login": "clean3",
        "path": "/my/service-quality",
        "ready": "polyline",
        "size": PHONE,
        "whole": True,
    },
    "vendor_quality/dashboard": {
        "login": "qualitymanager",
        "path": "/odoo/dashboards",
        "ready": CHART,
        "height": 950,
    },
}
"""By module and name: who sees what. Of the records that fit, the first is shown."""


def take(stage, name, shown):
    """Open a page and keep its picture."""
    width, height = shown.get("size", (1366, 900))
    size = width, shown.get("height", height)
    person = Person(stage, shown["login"], size, ZONE.key)
    path, ready = shown.get("path"), shown.get("ready", FORM)
    if not path:
        employee = getattr(stage.cast, shown["login"])
        found = employee.call(
            shown["model"], "search", domain=shown["domain"], order="id", limit=1
        )
        path = f"/odoo/action-{shown['action']}/{found[0]}"
    person.open(path, ready)
    page = person.page
    if "tab" in shown:
        page.click(f".o_notebook .nav-link:has-text('{shown['tab']}')")
    # Pictures of people, charts and counters come after the page.
    page.wait_for_timeout(3000)
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(0, 0)
    content = page.screenshot(full_page=shown.get("whole", False))
    module, title = name.split("/")
    target = ROOT / module / "static/description" / f"{title}.png"
    image = Image.open(io.BytesIO(content)).convert("RGB")
    image.quantize(COLOURS).save(target, optimize=True)
    page.context.close()
    return target


class Stage:
    """A browser and the people of the demo data."""

    def __init__(self, browser, options):
        self.browser, self.url = browser, options.url.rstrip("/")
        self.cast = Cast(self.url, options.db)


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("picture", nargs="*", help="for instance itsm_desk/ticket")
    parser.add_argument("--url", default="http://127.0.0.1:8069")
    parser.add_argument("--db", required=True, help="name of the database")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args(arguments)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=options.chromium, args=["--no-sandbox"]
        )
        stage = Stage(browser, options)
        for name in options.picture or PICTURES:
            print(take(stage, name, PICTURES[name]), flush=True)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

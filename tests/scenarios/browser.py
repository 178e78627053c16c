"""Play three procedures in a real browser and count the clicks of the buyer.

    python tests/scenarios/browser.py --url http://127.0.0.1:8069 --db NAME

Public with two envelopes and an outside expert on a phone; invited with an award by
line; a direct award. What procurement does is done in the browser, from the approved
request to the order; so is what the expert does. The others act by JSON-2 and through
their pages, as in walkthrough.py: the requester, HR, finance, the officer who signs
off, vendors and the members of the company.

Clicks of the pointer are counted. What procurement would type or choose besides is
written by JSON-2 and told beside the number: the rules without waiting time, the
deadline that these let be short, reasons of an award.

Needs the package playwright and a Chromium (``--chromium``). Pictures of each step go
to ``--pictures FOLDER``.
"""

import argparse
import io
import re
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cast import Cast, add, check, now, pass_reviews, set_to, today
from playwright.sync_api import sync_playwright

TENDER, AWARD = "outsourcing.tender", "outsourcing.award"
DESKTOP, PHONE = (1366, 900), (390, 844)
DIALOG = ".modal footer .btn-primary"
PATIENCE = 120_000
"""Milliseconds that a busy machine gets for a page."""


class Person:
    """Somebody with a browser; every click of the pointer is counted."""

    def __init__(self, stage, login, size=DESKTOP, zone=None):
        self.stage, self.login, self.clicks = stage, login, 0
        width, height = size
        context = stage.browser.new_context(
            viewport={"width": width, "height": height},
            locale="en-US",
            timezone_id=zone,
        )
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.goto(f"{stage.url}/web/login")
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", login)
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url(lambda url: "/web/login" not in url)

    def open(self, path, ready):
        """Follow a link from a mail or an activity: one click."""
        self.page.goto(f"{self.stage.url}{path}")
        self.page.wait_for_selector(ready)
        self.clicks += 1

    def click(self, selector, ready=None):
        self.page.locator(f"{selector} >> visible=true").first.click()
        self.clicks += 1
        if ready:
            self.page.wait_for_selector(ready)

    def press(self, name, confirm=False, ready=None):
        """Click the button of a verb, and the question behind it."""
        self.click(f".o_form_view button[name='{name}']")
        if confirm:
            self.click(".modal footer .btn-primary")
        if ready:
            self.page.wait_for_selector(ready)

    def choose(self, field, *names):
        """Choose records as tags in a dialog: type, then click."""
        box = f".modal .o_field_widget[name='{field}'] input"
        self.click(box)
        for name in names:
            self.page.locator(box).press_sequentially(name)
            self.click(f".o-autocomplete--dropdown-item:has-text('{name}')")
            self.page.wait_for_selector(
                f".modal .o_field_widget[name='{field}'] .o_tag:has-text('{name}')"
            )

    def picture(self, name):
        if self.stage.pictures:
            self.page.screenshot(path=self.stage.pictures / f"{name}.png")


class Stage:
    """A browser, and the people without one."""

    def __init__(self, browser, options):
        self.browser, self.url = browser, options.url.rstrip("/")
        self.pictures = options.pictures
        self.cast = Cast(self.url, options.db)
        self.buyer = Person(self, "procurement")
        self.past = []
        """What the buyer wrote past the browser in this play, as texts."""

    def make_request(self, subject, lines):
        """File and approve a request, and its reference price, without a browser."""
        cast = self.cast
        category = cast.head.search_id("outsourcing.category", ["code", "=", "IT"])
        product = cast.head.read("outsourcing.category", category, "product_id")
        request = cast.head.create(
            "outsourcing.request",
            subject=subject,
            employee_id=cast.employee_id("head"),
            category_id=category,
            is_non_core=True,
            who_directs="vendor",
            whose_tools="vendor",
            who_sets_hours="vendor",
            date_start=today(30),
            date_end=today(394),
            line_ids=[
                add(
                    product_id=product["product_id"][0],
                    name=name,
                    product_qty=12,
                    price_unit=5000,
                )
                for name in lines
            ],
        )
        cast.head.call("outsourcing.request", "action_submit", [request])
        pass_reviews([cast.hr], "outsourcing.request", request)
        cast.hr.call("outsourcing.request", "action_approve", [request])
        model = "outsourcing.reference.price"
        price = cast.officer.create(
            model,
            request_ids=[set_to([request])],
            amount=62000.0 * len(lines),
            source_ids=[
                add(method="market", name="Three quotes"),
                add(method="history", name="Last year"),
                add(method="expert", name="A colleague"),
            ],
        )
        cast.officer.call(model, "action_submit", [price])
        pass_reviews([cast.finance], model, price)
        cast.finance.call(model, "action_approve", [price])
        return request

    def make_rules(self, name, **values):
        return self.cast.manager.create(
            "outsourcing.procedure",
            name=name,
            min_tendering_days=0,
            question_days=0,
            addendum_extension_days=0,
            standstill_days=0,
            **values,
        )

    def find_tender(self, request):
        return self.cast.procurement.search_id(TENDER, ["request_ids", "in", [request]])

    def state(self, tender):
        return self.cast.procurement.read(TENDER, tender, "state")["state"]

    def write_past(self, model, ids, told, **values):
        """Write as the buyer by JSON-2 what costs no click here, and keep that."""
        self.cast.procurement.write(model, ids, **values)
        self.past.append(told)

    def tell_past(self):
        """Return what the numbers of clicks leave out, and forget it."""
        told = [
            f"{text} ({self.past.count(text)} times)"
            if self.past.count(text) > 1
            else text
            for text in dict.fromkeys(self.past)
        ]
        self.past = []
        return f"not counted, as JSON-2 wrote it: {', '.join(told)}" if told else ""

    def make_file(self, request, rules, tags, **values):
        """The buyer makes the file out of a request; returns the tender."""
        buyer = self.buyer
        buyer.open(f"/odoo/outsourcing.request/{request}", ".o_form_view")
        buyer.press("action_create_tender", ready=".o_field_outsourcing_missing")
        tender = self.find_tender(request)
        # Rules that need no waiting are written past the browser.
        self.write_past(
            TENDER,
            [tender],
            f"procedure, {', '.join(['deadline', *values])}".replace("_", " "),
            procedure_id=rules,
            bid_deadline=now(3600),
            **values,
        )
        buyer.page.reload()
        buyer.page.wait_for_selector(".o_field_outsourcing_missing")
        buyer.picture(f"{tags}-file")
        return tender

    def appoint(self, *names, expert=None):
        buyer = self.buyer
        buyer.click(".o_notebook a.nav-link[name='committee']")
        buyer.click(".o_notebook button:has(i.fa-users)", ready=DIALOG)
        # The last committee is proposed.
        tags = ".modal .o_field_widget[name='employee_ids'] .o_tag"
        known = buyer.page.locator(tags).all_inner_texts()
        missing = [n for n in names if not any(n in text for text in known)]
        if missing:
            buyer.choose("employee_ids", *missing)
        if expert:
            buyer.choose("expert_ids", expert)
        buyer.picture("appoint")
        buyer.click(".modal footer button[name='action_appoint']")
        buyer.page.wait_for_selector(".modal", state="detached")

    def invite(self, *names):
        buyer = self.buyer
        buyer.click(".o_notebook a.nav-link[name='invitations']")
        buyer.click(".o_notebook button:has(i.fa-users)", ready=DIALOG)
        tags = ".modal .o_field_widget[name='partner_ids'] .o_tag"
        known = buyer.page.locator(tags).all_inner_texts()
        missing = [n for n in names if not any(n in text for text in known)]
        for text in known:
            if not any(name in text for name in names):
                buyer.click(f"{tags}:has-text('{text.strip()}') .o_delete")
        if missing:
            buyer.choose("partner_ids", *missing)
        buyer.picture("invite")
        buyer.click(".modal footer button[name='action_invite']")
        buyer.page.wait_for_selector(".modal", state="detached")

    def publish(self, tender, seconds, *reviewers):
        """Ask for the sign-off; publish when it is there."""
        buyer = self.buyer
        # A change after the sign-off is asked for would void it.
        self.write_past(
            TENDER, [tender], "deadline before the sign-off", bid_deadline=now(seconds)
        )
        buyer.press("request_validation")
        buyer.page.wait_for_selector(
            "button[name=request_validation]", state="detached"
        )
        for reviewer in reviewers:
            pass_reviews([reviewer], TENDER, tender)
        buyer.open(f"/odoo/outsourcing.tender/{tender}", "button[name=action_publish]")
        buyer.picture(f"publish-{tender}")
        buyer.press("action_publish", confirm=True)
        buyer.page.wait_for_selector(".o_arrow_button_current[data-value='bidding']")
        check(self.state(tender) == "published", self.state(tender))

    def wait_for(self, tender):
        deadline = self.cast.procurement.read(TENDER, tender, "bid_deadline")
        while now() <= deadline["bid_deadline"]:
            time.sleep(1)

    def open_bids(self):
        """Open the bids, and start the evaluation."""
        ready = "button[name=action_start_evaluation]"
        self.buyer.picture("open")
        self.buyer.press("action_open", confirm=True, ready=ready)
        self.buyer.press("action_start_evaluation")
        self.buyer.page.wait_for_selector(ready, state="detached")

    def award(self, tender, justified=False):
        """Propose, have reviewed, notify, and order."""
        buyer, cast = self.buyer, self.cast
        buyer.open(f"/odoo/outsourcing.tender/{tender}", ".o_form_view")
        buyer.press("action_propose_award", ready=".breadcrumb")
        awards = cast.procurement.search(
            AWARD, [["tender_id", "=", tender], ["state", "=", "draft"]]
        )
        for award in awards:
            ids = [award["id"]]
            values = {"low_price_justification": "Own staff."} if justified else {}
            told = "reasons of the award" + (" and of its low price" * justified)
            self.write_past(AWARD, ids, told, reasons="<p>The best.</p>", **values)
            form = f"/odoo/outsourcing.award/{award['id']}"
            buyer.open(form, "button[name=action_submit]")
            buyer.press("action_submit")
            buyer.page.wait_for_selector("button[name=action_submit]", state="detached")
            pass_reviews([cast.officer, cast.finance], AWARD, award["id"])
            state = cast.procurement.read(AWARD, award["id"], "state")["state"]
            buyer.open(form, ".o_form_view")
            if state == "submitted":
                buyer.press("action_approve", ready="button[name=action_notify]")
        # All awards of the tender are told at once.
        buyer.press("action_notify", confirm=self.asks("action_notify"))
        buyer.page.wait_for_timeout(1500)
        for award in awards:
            buyer.open(f"/odoo/outsourcing.award/{award['id']}", ".o_form_view")
            state = cast.procurement.read(AWARD, award["id"], "state")["state"]
            if state == "notified":
                buyer.press("action_finalise")
                buyer.page.wait_for_timeout(1500)
        buyer.open(f"/odoo/outsourcing.tender/{tender}", ".o_form_view")
        buyer.press("action_confirm_order", confirm=True)
        buyer.page.wait_for_timeout(2500)
        buyer.picture(f"ordered-{tender}")
        check(self.state(tender) == "contracted", self.state(tender))

    def asks(self, name):
        """Whether the button asks before it acts."""
        return name in ("action_notify",)

    def bid(self, tender, prices):
        """Each vendor bids in the portal: ``{login: [price of each line]}``."""
        for login, amounts in prices.items():
            vendor = self.cast.visitor(login)
            page = f"/my/tenders/{tender}"
            vendor.post(f"{page}/bid/start", page=page)
            form = vendor.get(f"{page}/bid").text
            names = list(dict.fromkeys(re.findall(r'name="(price-\d+)"', form)))
            vendor.post(
                f"{page}/bid/save",
                {**dict(zip(names, amounts, strict=True)), "step": "review"},
                files={
                    "technical_files": (
                        f"{login}.pdf",
                        io.BytesIO(b"%PDF-1.4 " + login.encode()),
                        "application/pdf",
                    )
                },
                page=f"{page}/bid",
            )
            vendor.post(
                f"{page}/bid/seal", {"declared": "1"}, page=f"{page}/bid/review"
            )
        sealed = self.cast.procurement.search(
            "outsourcing.bid", [["tender_id", "=", tender], ["state", "=", "sealed"]]
        )
        check(len(sealed) == len(prices), f"{len(sealed)} bids")

    def declare(self, tender, *logins):
        for login in logins:
            own = getattr(self.cast, login)
            own.call(TENDER, "action_declare_clear", [tender])

    def attend(self, tender, *logins):
        for login in logins:
            getattr(self.cast, login).call(TENDER, "action_confirm_presence", [tender])

    def score(self, tender, *logins):
        for login in logins:
            own = getattr(self.cast, login)
            for score in own.search(
                "outsourcing.score", [["tender_id", "=", tender]], "kind"
            ):
                given = (
                    {"verdict": "pass"}
                    if score["kind"] == "pass_fail"
                    else {"value": 80}
                )
                own.write("outsourcing.score", [score["id"]], **given)
                own.call("outsourcing.score", "action_submit", [score["id"]])


def play_public(stage):
    """Public, two envelopes, an outside expert who works on a phone."""
    cast, buyer = stage.cast, stage.buyer
    before = buyer.clicks
    if not cast.admin.search("res.users", [["login", "=", "expert"]]):
        partner = cast.admin.create(
            "res.partner", name="Outside Expert", email="expert@university.example.com"
        )
        [group] = cast.admin.search(
            "ir.model.data",
            [["module", "=", "base"], ["name", "=", "group_portal"]],
            "res_id",
        )
        cast.admin.create(
            "res.users",
            login="expert",
            password="expert",
            partner_id=partner,
            group_ids=[set_to([group["res_id"]])],
        )
    request = stage.make_request("Network of the plants", ["Network"])
    rules = stage.make_rules(
        "Browser: public, two envelopes",
        method="open",
        envelopes="two",
        min_bidders=1,
        committee_min=3,
        quorum=3,
        presence_required=True,
        expert_share_percent=0,
    )
    tender = stage.make_file(request, rules, "public")
    stage.appoint("Yang Bo", "Wu Jing", expert="Outside Expert")
    members = cast.procurement.search(
        "outsourcing.committee.member", [["tender_id", "=", tender]], "partner_id"
    )
    logins = [
        login
        for login, name in (
            ("member1", "Yang Bo"),
            ("member2", "Wu Jing"),
            ("member3", "Zheng Tao"),
        )
        if any(name in row["partner_id"][1] for row in members)
    ]
    # An odd number judges: one of the last committee stays out.
    if len(members) % 2 == 0:
        [extra] = [row for row in members if "Zheng" in row["partner_id"][1]]
        cast.procurement.call(
            "outsourcing.committee.member",
            "action_recuse",
            [extra["id"]],
            reason="Two of the company are enough",
        )
        stage.past.append("recusal of a member with its reason")
        logins = logins[:2]
    stage.publish(tender, 150, cast.officer)
    published = buyer.clicks - before
    expert = Person(stage, "expert", PHONE)
    stage.declare(tender, *logins)
    expert.page.goto(f"{stage.url}/my/evaluations")
    expert.click("a:has-text('Network of the plants')")
    expert.picture("phone-declare")
    expert.click("button[name='conflict'][value='no']")
    stage.bid(tender, {"it1": [4000], "it2": [4400], "it3": [4800]})
    stage.wait_for(tender)
    stage.attend(tender, *logins)
    expert.page.reload()
    expert.picture("phone-attend")
    expert.click("button[name='attend']")
    buyer.open(f"/odoo/outsourcing.tender/{tender}", ".o_form_view")
    stage.open_bids()
    stage.score(tender, *logins)
    expert.page.reload()
    for box in expert.page.locator("input[name^='verdict-'][value='pass']").all():
        box.check()
        expert.clicks += 1
    for box in expert.page.locator("input[name^='value-']").all():
        box.fill("85")
        expert.clicks += 1
    expert.picture("phone-score")
    wide = expert.page.evaluate("document.documentElement.scrollWidth")
    check(wide <= PHONE[0], f"the page of the expert is {wide} px wide")
    submit = "button[name='step'][value='submit']"
    if not expert.page.locator(f"{submit} >> visible=true").count():
        expert.click("#scores summary, #scores [data-bs-toggle]")
    expert.click(submit)
    expert.page.wait_for_timeout(2000)
    expert.picture("phone-done")
    stage.attend(tender, *logins)
    expert.page.reload()
    expert.picture("phone-attend-prices")
    expert.click("button[name='attend']")
    buyer.open(f"/odoo/outsourcing.tender/{tender}", "button[name=action_open_prices]")
    buyer.picture("public-prices")
    buyer.press("action_open_prices", ready="button[name=action_propose_award]")
    stage.award(tender)
    return (
        f"published after {published} clicks of procurement, ordered after "
        f"{buyer.clicks - before}; the expert needed {expert.clicks} on a phone"
    )


def play_split(stage):
    """Invited, each service to the bid that is best for it."""
    cast, buyer = stage.cast, stage.buyer
    before = buyer.clicks
    request = stage.make_request("Printers and phones", ["Printers", "Phones"])
    rules = stage.make_rules(
        "Browser: invited", method="invited", envelopes="one", min_invited=3
    )
    tender = stage.make_file(request, rules, "split", award_by_line=True)
    stage.appoint("Yang Bo", "Wu Jing", "Zheng Tao")
    stage.invite("Lanqiao", "Northgate", "Silver Bridge")
    stage.publish(tender, 150, cast.officer)
    published = buyer.clicks - before
    logins = ("member1", "member2", "member3")
    stage.declare(tender, *logins)
    stage.bid(tender, {"it1": [4000, 4900], "it2": [4900, 4000], "it3": [4950, 4950]})
    stage.wait_for(tender)
    stage.attend(tender, *logins)
    buyer.open(f"/odoo/outsourcing.tender/{tender}", ".o_form_view")
    stage.open_bids()
    stage.score(tender, *logins)
    stage.award(tender)
    orders = cast.procurement.search(
        "purchase.order",
        [["outsourcing_tender_id", "=", tender], ["state", "=", "purchase"]],
        "partner_id",
    )
    check(len(orders) == 2, orders)
    return (
        f"published after {published} clicks of procurement, two orders after "
        f"{buyer.clicks - before}"
    )


def play_direct(stage):
    """One vendor, with a reason and its evidence."""
    cast, buyer = stage.cast, stage.buyer
    before = buyer.clicks
    request = stage.make_request("Repair of one server", ["Repair"])
    rules = stage.make_rules(
        "Browser: direct", method="direct", envelopes="one", min_bidders=1
    )
    reason = cast.procurement.search("outsourcing.direct.reason", [])[0]["id"]
    tender = stage.make_file(
        request,
        rules,
        "direct",
        direct_reason_id=reason,
        direct_evidence="JVBERi0xLjQK",
        direct_evidence_name="letter.pdf",
        procedure_reason="Only its maker repairs it.",
    )
    stage.appoint("Yang Bo", "Wu Jing", "Zheng Tao")
    stage.invite("Northgate")
    stage.publish(tender, 120, cast.officer, cast.manager, cast.finance)
    published = buyer.clicks - before
    logins = ("member1", "member2", "member3")
    stage.declare(tender, *logins)
    stage.bid(tender, {"it2": [4000]})
    stage.wait_for(tender)
    stage.attend(tender, *logins)
    buyer.open(f"/odoo/outsourcing.tender/{tender}", ".o_form_view")
    stage.open_bids()
    stage.score(tender, *logins)
    stage.award(tender)
    return (
        f"published after {published} clicks of procurement, ordered after "
        f"{buyer.clicks - before}"
    )


PLAYS = {"public": play_public, "split": play_split, "direct": play_direct}


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("play", nargs="*", choices=[[], *PLAYS])
    parser.add_argument("--url", default="http://127.0.0.1:8069")
    parser.add_argument("--db", required=True, help="name of the database")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--pictures", type=Path, help="folder for pictures")
    options = parser.parse_args(arguments)
    failed = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=options.chromium, args=["--no-sandbox"]
        )
        stage = Stage(browser, options)
        plays = options.play or list(PLAYS)
        for name in plays:
            try:
                stage.past = []
                print(f"{name}: {PLAYS[name](stage)}; {stage.tell_past()}", flush=True)
            except Exception:
                failed += 1
                stage.buyer.picture(f"{name}-failed")
                traceback.print_exc()
        browser.close()
    print(f"{len(plays) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

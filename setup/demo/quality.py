"""Inspections by plan, and the monthly quality forms of the contracts."""

from datetime import timedelta

from odoo import Command

PLAN = "vendor.quality.inspection.plan"
ROUND = "vendor.quality.inspection"
FORM = "vendor.quality.form"
PLANS = (
    (
        *("it", "Service desk on site", "Head office", "2"),
        ("Desk staffed from 8 to 18", "Handling forms complete", "Spare parts counted"),
    ),
    (
        *("cleaning", "Offices", "Head office, floors 1 to 6", "1"),
        ("Floors", "Washrooms", "Kitchens", "Waste sorted", "Windows of the lobby"),
    ),
    (
        *("cleaning", "Workshops", "Plant 1", "4"),
        ("Walkways free", "Changing rooms", "Washrooms", "Waste sorted"),
    ),
    (
        *("guards", "Gates", "Plant 1", "3"),
        ("Gate log kept", "Patrol times", "Uniform and badge"),
    ),
)
# Rounds that nobody did, by plan; one of them is waived.
MISSED = {"Offices": (3, 9), "Gates": (5, 6)}
WAIVED = {"Gates": 6}
# Items that fail, by plan: (round, item).
FAILED = {
    "Service desk on site": ((2, 1), (7, 2)),
    "Offices": ((1, 1), (1, 3), (2, 0), (5, 4), (7, 1)),
    "Workshops": ((1, 2), (2, 2), (2, 3), (6, 0)),
    "Gates": ((1, 0), (2, 0), (2, 1), (4, 1), (7, 0), (7, 2), (8, 0)),
}
# Hours present and duties fulfilled, by contract and month.
PRESENT = {"cleaning": (97.0, 99.0, 98.5), "guards": (92.0, 96.0, 98.0)}
DUTIES = {"guards": (70.0, 85.0, 90.0)}
FEES = {"guards": 12000.0}


def threads(story):
    """The rounds of each plan and the forms of each month."""
    for plan in PLANS:
        yield inspect(story, *plan)
    yield spare_the_past(story)
    yield propose_rules(story)
    for key in ("it", "cleaning", "guards"):
        for month in (-3, -2, -1):
            yield score(story, key, month)


def spare_the_past(story):
    """The guards' month before the gate needs no form: the proposal is cancelled."""
    yield story.at(story.month(-3), "11:00") + timedelta(days=1)
    story.model("qualityofficer", FORM).search(
        [("contract_id", "=", story.made["guards"].id)]
    ).action_cancel()


def propose_rules(story):
    """Draft stricter rules for the service desk and test them on the months before."""
    yield story.at(story.month(-1), "15:00") + timedelta(days=20)
    current = story.model("qualitymanager", "vendor.quality.template").browse(
        story.env.ref("vendor_quality.template_it_service").id
    )
    draft = current.browse(current.action_new_version()["res_id"])
    draft.threshold = 75
    for part in (draft.band_ids, draft.deduction_ids):
        part.filtered(lambda row: row.lower_bound == 75).lower_bound = 88
    test = story.model("qualitymanager", "vendor.quality.backtest").create(
        {"template_id": draft.id}
    )
    test.action_run()


def inspect(story, key, name, place, weekday, checklist):
    """Plan the rounds of a contract and do them week by week."""
    yield story.at(story.month(-3), "09:00")
    plan = story.model("qualityofficer", PLAN).create(
        {
            "name": name,
            "contract_id": story.made[key].id,
            "inspector_id": story.user("inspector").id,
            "verifier_id": story.user("qualityofficer").id,
            "place": place,
            "frequency": "weekly",
            "weekday": weekday,
            "date_start": story.month(-3),
            "grace_days": 1,
            "line_ids": [Command.create({"name": item}) for item in checklist],
        }
    )
    plan.action_generate()
    number = 0
    while True:
        number += 1
        yield from make_round(story, plan, number)


def make_round(story, plan, number):
    """Wait for the next round of the plan, do it and have it verified."""
    Round = story.model("inspector", ROUND)
    inspection = Round.search(
        [("plan_id", "=", plan.id), ("state", "=", "planned")],
        order="date_due",
        limit=1,
    )
    if number in MISSED.get(plan.name, ()):
        yield story.at(inspection.date_due, "10:00") + timedelta(days=3)
        if WAIVED.get(plan.name) == number:
            story.act("qualityofficer", inspection).action_waive(
                "The plant was closed for the holiday."
            )
        return
    yield story.at(inspection.date_due, "10:00")
    failed = [item for day, item in FAILED.get(plan.name, ()) if day == number]
    for index, line in enumerate(inspection.line_ids):
        line.result = "fail" if index in failed else "pass"
    inspection.action_done()
    # the last results still wait for a second pair of eyes
    yield story.later(4 if plan.name == "Workshops" and number == 6 else 1, "14:00")
    story.act("qualityofficer", inspection).action_verify()


def score(story, key, month):
    """Collect a month, hear the vendor, review, approve."""
    begin, end = story.month(month), story.month_end(month)
    yield story.at(end, "10:00") + timedelta(days=3)
    form = story.model("qualityofficer", FORM).search(
        [("contract_id", "=", story.made[key].id), ("date_start", "=", begin)]
    )
    fill_in(form, key, month)
    form.action_collect()
    story.made[key, month, "form"] = form
    if (key, month) == ("guards", -1):
        return
    form.action_send_to_vendor()
    yield story.later(1, "11:00")
    yield from ANSWERS.get((key, month), agree)(story, key, form)


def fill_in(form, key, month):
    """Enter what no record of the system says."""
    for code, table in (("attendance", PRESENT), ("contract_duties", DUTIES)):
        line = form.line_ids.filtered(lambda item, code=code: item.code == code)
        if line and key in table:
            line.write(
                {
                    "manual_value": table[key][month + 3],
                    "manual_note": "Attendance list"
                    if code == "attendance"
                    else "Certificates and reports of the month",
                }
            )
    if key in FEES:
        form.fee_amount = FEES[key]


def agree(story, key, form):
    """The vendor agrees; both reviews pass."""
    login = VENDORS[key]
    story.quality_portal.record_answer(
        story.vendor(login, form), story.user(login), "Agreed."
    )
    yield from settle(story, form)


def settle(story, form):
    """Submit the form and approve it."""
    yield story.later(1, "10:00")
    story.act("qualityofficer", form).action_submit()
    yield story.later(0, "16:00")
    story.review(form, "qualitymanager")
    yield story.later(1, "09:30")
    story.review(form, "qualityfinance")
    story.act("qualityfinance", form).action_approve()


def dispute(story, key, form):
    """The vendor contests a line."""
    login = VENDORS[key]
    line = form.line_ids.sorted("points")[0]
    return story.quality_portal.record_dispute(
        story.vendor(login, form),
        story.user(login),
        line.id,
        "Two of the failed items were repaired at once.",
    )


def win_a_point(story, key, form):
    """A dispute that is upheld in part before the approval."""
    claim = dispute(story, key, form)
    login = VENDORS[key]
    story.quality_portal.record_answer(
        story.vendor(login, form), story.user(login), "See our claim."
    )
    yield story.later(1, "14:00")
    points = claim.sudo().points
    story.act("qualityofficer2", claim).action_decide(
        "partial", "One item was repaired the same day.", points=min(points + 20, 99)
    )
    yield from settle(story, form)


def contest(story, key, form):
    """A dispute that waits; the form stays with the vendor."""
    dispute(story, key, form)
    return
    yield


def wait_for_review(story, key, form):
    """Submitted; the department head has not looked yet."""
    login = VENDORS[key]
    story.quality_portal.record_answer(
        story.vendor(login, form), story.user(login), "No remarks."
    )
    yield story.later(1, "10:00")
    story.act("qualityofficer", form).action_submit()


VENDORS = {"it": "it1", "cleaning": "clean1", "guards": "clean3"}
ANSWERS = {
    ("cleaning", -2): win_a_point,
    ("it", -1): contest,
    ("cleaning", -1): wait_for_review,
}

"""What follows from a poor grade: the improvement plan of the guards."""

from datetime import timedelta

PLAN = "vendor.quality.improvement.plan"


def threads(story):
    """The guards' plan: the vendor answers, the responsible begins."""
    yield improve(story)


def improve(story):
    """Find the cause together with the vendor and start the measures."""
    yield story.at(story.month_end(-2), "10:00") + timedelta(days=14)
    plan = story.model("qualityofficer", PLAN).search(
        [("contract_id", "=", story.made["guards"].id), ("state", "=", "open")],
        limit=1,
    )
    if not plan:
        return
    story.plan_portal.record_answer(
        story.vendor("clean3", plan),
        story.user("clean3"),
        "Two guards left in the middle of the month and patrols were cut short.\n"
        "Two new guards are trained; the shift leader checks the gate log each day.",
    )
    yield story.later(2, "15:30")
    plan.write(
        {
            "root_cause": "Night shifts of one guard alone after two resignations.",
            "plan": "Two guards on every night shift; the shift leader signs the gate "
            "log; a weekly meeting until the next form.",
        }
    )
    plan.action_start()


def let_in(story, vendors):
    """Waive the bad standing of vendors without whom there were too few bids."""
    for login in vendors:
        partner = story.user(login).commercial_partner_id
        if not story.env["vendor.quality.standing"].search_count(
            [
                ("commercial_partner_id", "=", partner.id),
                ("blocks_invitation", "=", True),
            ]
        ):
            continue
        waiver = story.model("qualitymanager", "vendor.quality.waiver").create(
            {
                "partner_id": partner.id,
                "kind": "invitation",
                "reason": "Three bids are needed, and the guards' plan shows progress.",
            }
        )
        waiver.action_submit()
        story.review(waiver, "qualityfinance")
        story.act("qualityfinance", waiver).action_approve()

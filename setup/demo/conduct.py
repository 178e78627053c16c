"""Findings of employees, breaches of rules, rewards and penalties."""

FINDING = "outsourcing.finding"
INCENTIVE = "outsourcing.incentive"


def threads(story):
    """Findings in every state and what HR makes of them."""
    yield double_billing(story)
    yield meters(story)
    yield rumour(story)
    yield reported(story)
    yield late_filing(story)


def report(story, login, key, subject, text, amount, kind="loss_avoided"):
    """Report a finding in one's own name."""
    return story.model(login, FINDING).create(
        {
            "subject": subject,
            "contract_card_id": story.made[key].id,
            "description": f"<p>{text}</p>",
            "estimated_amount": amount,
            "finding_type": kind,
        }
    )


def propose(story, **values):
    """Propose as HR and send it to the person and to review."""
    proposal = story.model("hr", INCENTIVE).create({"kind": "money", **values})
    proposal.action_submit()
    return proposal


def decide(story, proposal, login, statement):
    """The person answers, another member of HR decides and applies it."""
    yield story.later(1, "09:15")
    story.act(login, proposal).action_answer(statement)
    yield story.later(1, "11:40")
    story.review(proposal, "hr2")
    mine = story.act("hr2", proposal)
    mine.action_approve()
    mine.action_apply()


def double_billing(story):
    """Verified, rewarded, closed."""
    yield story.at(story.month(-2), "10:30")
    finding = report(
        story,
        "applicant",
        "cleaning",
        "Bin liners billed twice",
        "The liners are part of the monthly fee.",
        5200,
    )
    yield story.later(3, "15:20")
    story.act("finance", finding).action_verify(saving_amount=4800)
    yield story.later(1, "10:10")
    reward = propose(
        story,
        finding_id=finding.id,
        incentive_type="reward",
        employee_id=story.employee("applicant").id,
        amount=400,
        reason="Noticed a double billing before it was paid.",
    )
    yield from decide(story, reward, "applicant", "Thank you.")
    yield story.later(5, "14:00")
    story.act("hr", finding).action_close()


def meters(story):
    """Verified; the reward waits for the person's answer."""
    yield story.ago(12, "09:40")
    finding = report(
        story,
        "member1",
        "it",
        "Licences of people who left",
        "Eleven licences were billed for people who left.",
        9000,
        "saving",
    )
    yield story.later(2, "16:00")
    story.act("finance", finding).action_verify(saving_amount=7700)
    yield story.ago(2, "10:00")
    propose(
        story,
        finding_id=finding.id,
        incentive_type="reward",
        employee_id=story.employee("member1").id,
        amount=600,
        reason="Found licences that nobody used.",
    )


def rumour(story):
    """Rejected: there was nothing."""
    yield story.ago(30, "13:30")
    finding = report(
        story,
        "member3",
        "guards",
        "Guards asleep at gate 2",
        "A driver told so.",
        0,
        "quality",
    )
    yield story.later(4, "11:00")
    story.act("officer", finding).action_reject(
        "The camera shows both guards on their rounds that night."
    )


def reported(story):
    """Reported yesterday."""
    yield story.ago(1, "16:10")
    report(
        story,
        "requester",
        "it",
        "Keyboard swaps billed as repairs",
        "Three swaps of last week are on the list of repairs.",
        900,
    )


def late_filing(story):
    """HR confirms the late filing; the buyer is heard."""
    yield story.ago(9, "10:00")
    event = story.model("hr", "outsourcing.compliance.event").search(
        [("rule_id.code", "=", "filed_late"), ("state", "=", "new")], limit=1
    )
    event.action_confirm()
    yield story.ago(2, "11:00")
    propose(
        story,
        event_id=event.id,
        incentive_type="penalty",
        employee_id=event.employee_id.id,
        amount=event.fine_amount or 100,
        points=event.points,
        reason="The contract was filed after its three days.",
    )

"""Who is told of which event of the desk, and how: the table of the README.

A row names an event, who is told of it, and the way: ``activity`` (something is to be
done; Odoo mails it to the assigned person as well), ``mail`` (to be known), or
``nothing`` (known otherwise). Everybody gets one message about one event.
"""

from typing import NamedTuple

ACTIVITY = "activity"
MAIL = "mail"
NOTHING = "nothing"


class Row(NamedTuple):
    """One line of the table."""

    event: str
    role: str
    way: str


TABLE = (
    Row("ticket filed", "requester", MAIL),
    Row("ticket filed", "lead", NOTHING),
    Row("ticket taken", "requester", NOTHING),
    Row("question asked", "requester", MAIL),
    Row("requester answers", "owner", MAIL),
    Row("ticket escalated", "called", ACTIVITY),
    Row("ticket escalated", "requester", NOTHING),
    Row("escalation declined", "owner", ACTIVITY),
    Row("ticket handed on", "next owner", ACTIVITY),
    Row("ticket handed on", "requester", NOTHING),
    Row("ticket solved", "requester", MAIL),
    Row("solution refused", "owner", ACTIVITY),
    Row("sign-off due", "requester", MAIL),
    Row("closed unsigned", "requester", MAIL),
    Row("rated 1 or 2", "lead", ACTIVITY),
    Row("rated 1 or 2", "requester", NOTHING),
    Row("ticket cancelled", "requester", MAIL),
    Row("approval asked", "approver", ACTIVITY),
    Row("approval refused", "requester", MAIL),
    Row("sent to a vendor", "vendor", MAIL),
    Row("sent to a vendor", "requester", NOTHING),
    Row("back from a vendor", "owner", ACTIVITY),
    Row("target at risk", "owner", ACTIVITY),
    Row("target missed", "lead", ACTIVITY),
    Row("complaint filed", "quality", ACTIVITY),
    Row("complaint filed", "owner", NOTHING),
    Row("complaint answered", "requester", MAIL),
)

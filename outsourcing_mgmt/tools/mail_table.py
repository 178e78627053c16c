"""Who is told of which event of the chain, and how: the table of the README.

A row names an event, who is told of it, and the way: ``activity`` (something is to be
done; Odoo mails it to the assigned person as well), ``mail`` (to be known), or
``nothing`` (known otherwise). Everybody gets one message about one event.
"""

from typing import NamedTuple

ACTIVITY = "activity"
MAIL = "mail"
NOTHING = "nothing"
MAIL_LAYOUT = "outsourcing_mgmt.mail_layout"
"""Of all mails of the suite: with logo, and fit for a phone."""
WAYS = (ACTIVITY, MAIL, NOTHING)


class Row(NamedTuple):
    """One line of the table."""

    event: str
    role: str
    way: str


TABLE = (
    Row("request approved", "applicant", MAIL),
    Row("request approved", "head", NOTHING),
    Row("request approved", "officer", ACTIVITY),
    Row("price approved", "procurement", MAIL),
    Row("price approved", "head", NOTHING),
    Row("file signed off", "procurement", ACTIVITY),
    Row("tender published", "applicant", MAIL),
    Row("tender published", "head", MAIL),
    Row("scores in", "procurement", ACTIVITY),
    Row("award approved", "procurement", ACTIVITY),
    Row("award final", "applicant", MAIL),
    Row("award final", "head", MAIL),
    Row("award final", "procurement", ACTIVITY),
    Row("tender ended", "applicant", MAIL),
    Row("tender ended", "head", MAIL),
    Row("contract signed", "applicant", MAIL),
    Row("contract signed", "head", MAIL),
    Row("contract signed", "hr", ACTIVITY),
    Row("contract ended", "owner", ACTIVITY),
    Row("contract ended", "head", MAIL),
    Row("finding reported", "finance", ACTIVITY),
    Row("finding verified", "reporter", MAIL),
    Row("event raised", "hr", ACTIVITY),
    Row("penalty submitted", "person", MAIL),
    Row("penalty approved", "person", MAIL),
    Row("penalty applied", "person", NOTHING),
)

VENDOR_TABLE = (
    Row("invited", "vendor", MAIL),
    Row("question asked", "procurement", ACTIVITY),
    Row("question asked", "vendor", NOTHING),
    Row("question answered", "vendor", MAIL),
    Row("question answered", "other vendor", MAIL),
    Row("addendum published", "vendor", MAIL),
    Row("bid sealed", "vendor", MAIL),
    Row("bid sealed", "other vendor", NOTHING),
    Row("bid withdrawn", "vendor", MAIL),
    Row("bid withdrawn", "other vendor", NOTHING),
    Row("award notified", "winner", MAIL),
    Row("award notified", "other vendor", MAIL),
    Row("tender cancelled", "vendor", MAIL),
    Row("contract to sign", "vendor", MAIL),
    Row("vendor blacklisted", "vendor", MAIL),
)
"""What vendors are told, each alone: nobody learns of another."""


def get_roles(event, way):
    """Return the roles that are told of an event in one way, in order."""
    return [row.role for row in TABLE if (row.event, row.way) == (event, way)]

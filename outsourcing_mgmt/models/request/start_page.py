"""Where the app opens: on what the acting user has to do, by role.

The lists and filters are those of the menus. Of the lists of a user's roles the first
one that holds something is opened; where nothing is to be done, the first one.
"""

from typing import NamedTuple

from ..base.groups import AUDITOR, FINANCE, HR, MANAGER, OFFICER, PROCUREMENT

USER = "outsourcing_mgmt.group_outsourcing_user"
COMMITTEE = "outsourcing_mgmt.group_outsourcing_committee"
ELSE = "outsourcing_finding_action_my"
"""For employees without a role: what they found, and may report."""


class Start(NamedTuple):
    """A list with a filter that is somebody's work."""

    group: str
    action: str
    filter_name: str
    domain: tuple
    """That of the filter; ``uid`` stands for the acting user."""


SCORES = (("state", "=", "draft"), ("user_id", "=", "uid"))
SUBMITTED = (("state", "=", "submitted"),)
TO_FILE = (("signed_date", "!=", False), ("filed_date", "=", False))
APPROVED = (("state", "=", "approved"),)
MINE = (("user_id", "=", "uid"),)
REVIEWED = (("can_review", "=", True),)
RUNNING = (("state", "not in", ("draft", "contracted", "failed", "cancelled")),)
REQUESTS, TENDERS = "outsourcing_request_action", "outsourcing_tender_action"
PRICES = "outsourcing_reference_price_action"

STARTS = (
    Start(COMMITTEE, "outsourcing_score_my_action", "to_submit", SCORES),
    Start(HR, REQUESTS, "filter_submitted", SUBMITTED),
    Start(HR, "outsourcing_contract_action", "to_file", TO_FILE),
    Start(FINANCE, PRICES, "filter_submitted", SUBMITTED),
    Start(PROCUREMENT, TENDERS, "mine", MINE),
    Start(PROCUREMENT, REQUESTS, "filter_approved", APPROVED),
    Start(OFFICER, TENDERS, "to_review", REVIEWED),
    Start(OFFICER, REQUESTS, "filter_approved", APPROVED),
    Start(OFFICER, PRICES, "my_prices", (("author_id", "=", "uid"),)),
    Start(MANAGER, REQUESTS, "needs_my_review", REVIEWED),
    Start(AUDITOR, TENDERS, "running", RUNNING),
    Start(USER, REQUESTS, "my_requests", (("employee_id.user_id", "=", "uid"),)),
)
"""Of several roles the first ones count more: who scores is waited for."""


def get_start(env):
    """Return the action with which the app opens for the acting user."""
    mine = [start for start in STARTS if env.user.has_group(start.group)]
    for start in mine:
        if _count(env, start):
            return _open(env, start)
    if mine:
        return _open(env, mine[0])
    return env["ir.actions.act_window"]._for_xml_id(f"outsourcing_mgmt.{ELSE}")


def _open(env, start):
    action = env["ir.actions.act_window"]._for_xml_id(
        f"outsourcing_mgmt.{start.action}"
    )
    return {**action, "context": {f"search_default_{start.filter_name}": 1}}


def _count(env, start):
    """Whether the filter shows the user something."""
    # sudo: an action names the list; its records are counted with the user's rights.
    action = env.ref(f"outsourcing_mgmt.{start.action}").sudo()
    records = env[action.res_model]
    return records.has_access("read") and records.search_count(
        get_domain(start, env.uid), limit=1
    )


def get_domain(start, uid):
    """Return the domain of the filter for a user."""
    return [
        (name, operator, uid if value == "uid" else value)
        for name, operator, value in start.domain
    ]

"""Where the app opens: what waits for the acting user, by role, with its counts.

Each row opens a list of the menus with one of its filters. What is counted is what
that list shows, with the rights of the user.
"""

from typing import NamedTuple

from odoo.exceptions import UserError
from odoo.tools.translate import LazyGettext, LazyTranslate

from ..base.groups import AUDITOR, FINANCE, HR, MANAGER, OFFICER, PROCUREMENT

_lt = LazyTranslate(__name__)

USER = "outsourcing_mgmt.group_outsourcing_user"
COMMITTEE = "outsourcing_mgmt.group_outsourcing_committee"
PAGE = "outsourcing_mgmt.outsourcing_start_page_action"
ELSE = "outsourcing_mgmt.outsourcing_finding_action_my"
"""For employees without a role: what they found, and may report."""


class Start(NamedTuple):
    """A list with a filter that is somebody's work."""

    group: str
    action: str
    filter_name: str
    domain: tuple
    """That of the filter; ``uid`` stands for the acting user."""
    label: LazyGettext
    is_task: bool = True
    """Whether it waits for somebody; other rows are for an overview."""


DRAFT = (("state", "=", "draft"),)
APPEALED = (("state", "=", "appealed"),)
SUBMITTED = (("state", "=", "submitted"),)
APPROVED = (("state", "=", "approved"),)
UNTENDERED = (
    *APPROVED,
    ("tender_ids", "not any", (("state", "not in", ("failed", "cancelled")),)),
)
NEW = (("state", "=", "new"),)
OPEN = (("state", "=", "open"),)
MINE = (("user_id", "=", "uid"),)
REVIEWED = (("can_review", "=", True),)
RUNNING = (("state", "not in", ("draft", "contracted", "failed", "cancelled")),)
EVALUATED = (("state", "in", ("opened", "evaluation", "price_opened")),)
AWARDED = (("state", "in", ("award_proposed", "standstill", "awarded")),)
TO_OPEN = (("state_now", "=", "closed"),)
TO_PUBLISH = (
    ("state", "=", "draft"),
    ("review_ids", "any", (("status", "=", "approved"),)),
    ("review_ids", "not any", (("status", "!=", "approved"),)),
)
MY_COMMITTEE = (
    (
        "committee_ids",
        "any",
        (("user_id", "=", "uid"), ("state", "=", "appointed")),
    ),
)
UNDECLARED = (
    ("state", "=", "appointed"),
    ("conflict_state", "=", "none"),
    ("user_id", "=", "uid"),
)
JUDGING = (
    ("user_id", "=", "uid"),
    ("state", "=", "appointed"),
    ("conflict_state", "=", "clear"),
)
TO_ATTEND = (
    ("state_now", "=", "closed"),
    ("committee_ids", "any", (*JUDGING, ("attended_at", "=", False))),
)
TO_ATTEND_PRICES = (("state", "=", "evaluation"), ("my_can_attend", "=", True))
SCORES = (("state", "=", "draft"), ("user_id", "=", "uid"))
NO_CONTRACT = (
    ("state", "=", "final"),
    ("contract_id", "not any", [("state", "!=", "cancelled")]),
)
TO_SIGN = (("state", "=", "to_sign"),)
TO_FILE = (("signed_date", "!=", False), ("filed_date", "=", False))
REPORTED = (("state", "=", "reported"),)
REQUESTS, TENDERS = "outsourcing_request_action", "outsourcing_tender_action"
PRICES, AWARDS = "outsourcing_reference_price_action", "outsourcing_award_action"
CONTRACTS = "outsourcing_contract_action"
AMENDMENTS = "outsourcing_contract_amendment_action"
PLANS = "outsourcing_plan_action"
INCENTIVES = "outsourcing_incentive_action"
FINDINGS = "outsourcing_finding_action"
EVENTS, HINTS = "outsourcing_compliance_event_action", "outsourcing_bid_hint_action"

STARTS = (
    Start(
        COMMITTEE,
        "outsourcing_committee_member_action",
        "my_undeclared",
        UNDECLARED,
        _lt("Conflict of interest to declare"),
    ),
    Start(
        COMMITTEE, TENDERS, "to_attend", TO_ATTEND, _lt("Openings of bids to attend")
    ),
    Start(
        COMMITTEE,
        TENDERS,
        "to_attend_prices",
        TO_ATTEND_PRICES,
        _lt("Openings of prices to attend"),
    ),
    Start(
        COMMITTEE,
        "outsourcing_score_my_action",
        "to_submit",
        SCORES,
        _lt("Scores to submit"),
    ),
    Start(
        COMMITTEE,
        TENDERS,
        "my_committee",
        MY_COMMITTEE,
        _lt("Tenders of my committees"),
        False,
    ),
    Start(HR, REQUESTS, "filter_submitted", SUBMITTED, _lt("Requests to approve")),
    Start(HR, PLANS, "to_review", REVIEWED, _lt("Plans to approve")),
    Start(HR, CONTRACTS, "to_file", TO_FILE, _lt("Contracts to file")),
    Start(HR, EVENTS, "new", NEW, _lt("Compliance events to decide")),
    Start(
        HR,
        "outsourcing_incentive_action",
        "to_review",
        REVIEWED,
        _lt("Rewards and penalties to approve"),
    ),
    Start(HR, INCENTIVES, "appealed", APPEALED, _lt("Appeals to decide")),
    Start(HR, INCENTIVES, "approved", APPROVED, _lt("Decisions for payroll")),
    Start(FINANCE, PRICES, "filter_submitted", SUBMITTED, _lt("Prices to approve")),
    Start(FINANCE, FINDINGS, "to_verify", REPORTED, _lt("Savings to verify")),
    Start(FINANCE, AWARDS, "to_review", REVIEWED, _lt("Awards to review")),
    Start(FINANCE, TENDERS, "to_review", REVIEWED, _lt("Tenders to review")),
    Start(FINANCE, CONTRACTS, "to_review", REVIEWED, _lt("Contracts to review")),
    Start(FINANCE, AMENDMENTS, "to_review", REVIEWED, _lt("Amendments to review")),
    Start(
        PROCUREMENT,
        REQUESTS,
        "filter_approved",
        UNTENDERED,
        _lt("Approved requests without a tender"),
    ),
    Start(PROCUREMENT, TENDERS, "to_publish", TO_PUBLISH, _lt("Tenders to publish")),
    Start(PROCUREMENT, TENDERS, "to_open", TO_OPEN, _lt("Tenders to open")),
    Start(
        PROCUREMENT, TENDERS, "in_evaluation", EVALUATED, _lt("Tenders in evaluation")
    ),
    Start(PROCUREMENT, TENDERS, "in_award", AWARDED, _lt("Tenders in award")),
    Start(
        PROCUREMENT,
        "outsourcing_tender_question_action",
        "new",
        NEW,
        _lt("Questions to answer"),
    ),
    Start(
        PROCUREMENT,
        AWARDS,
        "without_contract",
        NO_CONTRACT,
        _lt("Awards without a contract"),
    ),
    Start(PROCUREMENT, CONTRACTS, "draft", DRAFT, _lt("Contracts to send to sign")),
    Start(PROCUREMENT, CONTRACTS, "to_sign", TO_SIGN, _lt("Contracts to sign")),
    Start(
        PROCUREMENT,
        "outsourcing_contract_guarantee_action",
        "requested",
        (("state", "=", "requested"),),
        _lt("Guarantees to receive"),
    ),
    Start(PROCUREMENT, TENDERS, "mine", MINE, _lt("My tenders"), False),
    Start(
        OFFICER,
        REQUESTS,
        "filter_approved",
        UNTENDERED,
        _lt("Requests without a tender"),
    ),
    Start(
        OFFICER,
        PRICES,
        "my_drafts",
        (("author_id", "=", "uid"), ("state", "=", "draft")),
        _lt("My prices to submit"),
    ),
    Start(OFFICER, TENDERS, "to_review", REVIEWED, _lt("Tender files to sign off")),
    Start(OFFICER, AWARDS, "to_review", REVIEWED, _lt("Awards to review")),
    Start(OFFICER, AMENDMENTS, "to_review", REVIEWED, _lt("Amendments to review")),
    Start(FINANCE, PRICES, "filter_approved", APPROVED, _lt("Approved prices"), False),
    Start(OFFICER, FINDINGS, "to_verify", REPORTED, _lt("Findings to verify")),
    Start(
        OFFICER,
        "outsourcing_contract_milestone_action",
        "to_accept",
        SUBMITTED,
        _lt("Deliveries to accept"),
    ),
    Start(
        OFFICER,
        "outsourcing_contract_exit_action",
        "open",
        OPEN,
        _lt("Handovers to sign"),
    ),
    Start(MANAGER, PLANS, "to_review", REVIEWED, _lt("Plans to approve")),
    Start(MANAGER, REQUESTS, "needs_my_review", REVIEWED, _lt("Requests to review")),
    Start(MANAGER, TENDERS, "to_review", REVIEWED, _lt("Tenders to review")),
    Start(MANAGER, AWARDS, "to_review", REVIEWED, _lt("Awards to review")),
    Start(MANAGER, CONTRACTS, "to_review", REVIEWED, _lt("Contracts to review")),
    Start(
        MANAGER,
        "outsourcing_blacklist_action",
        "to_review",
        REVIEWED,
        _lt("Blacklist proposals to review"),
    ),
    Start(
        MANAGER,
        "outsourcing_blacklist_action",
        "appealed",
        APPEALED,
        _lt("Appeals of vendors to decide"),
    ),
    Start(
        MANAGER,
        "outsourcing_objection_action",
        "open",
        SUBMITTED,
        _lt("Objections to decide"),
    ),
    Start(
        MANAGER,
        "outsourcing_dual_request_action",
        "to_decide",
        SUBMITTED,
        _lt("Requests of two persons to decide"),
    ),
    Start(MANAGER, TENDERS, "running", RUNNING, _lt("Running tenders"), False),
    Start(AUDITOR, HINTS, "open", OPEN, _lt("Hints at bid-rigging"), False),
    Start(AUDITOR, EVENTS, "new", NEW, _lt("Compliance events not decided"), False),
    Start(AUDITOR, TENDERS, "running", RUNNING, _lt("Running tenders"), False),
    Start(
        USER,
        REQUESTS,
        "my_drafts",
        (("employee_id.user_id", "=", "uid"), ("state", "=", "draft")),
        _lt("My requests to submit"),
    ),
    Start(
        USER,
        REQUESTS,
        "department_drafts",
        (("department_manager_user_id", "=", "uid"), ("state", "=", "draft")),
        _lt("Requests of my department to submit"),
    ),
    Start(
        USER,
        REQUESTS,
        "my_requests",
        (("employee_id.user_id", "=", "uid"),),
        _lt("My requests"),
        False,
    ),
)
"""In the order of the page: who scores is waited for, own requests come last."""


def get_start(env):
    """Return the action with which the app opens for the acting user."""
    if _get_starts(env):
        return env["ir.actions.client"]._for_xml_id(PAGE)
    return env["ir.actions.act_window"]._for_xml_id(ELSE)


def get_page(env):
    """Return the page of the acting user: a part for each of the user's roles.

    :return: ``[{"name", "rows": [{"key", "label", "count", "is_task"}]}]``
    """
    parts = {}
    for start in _get_starts(env):
        parts.setdefault(start.group, []).append(
            {
                "key": get_key(start),
                "label": env._(start.label),
                "count": _count(env, start),
                "is_task": start.is_task,
            }
        )
    return [
        # sudo: the names of one's own roles are no secret.
        {"name": _get_role(env.ref(group).sudo()), "rows": rows}
        for group, rows in parts.items()
    ]


def open_list(env, key):
    """Return the action of the list behind a row of the page.

    :param str key: of the row, see :func:`get_page`
    :raise UserError: for a row of roles that the user does not have
    """
    for start in _get_starts(env):
        if get_key(start) == key:
            action = env["ir.actions.act_window"]._for_xml_id(
                f"outsourcing_mgmt.{start.action}"
            )
            return {**action, "context": {f"search_default_{start.filter_name}": 1}}
    raise UserError(env._("The page has changed. Load it again."))


def get_key(start):
    """Return what tells a row from the others."""
    role = start.group.removeprefix("outsourcing_mgmt.group_outsourcing_")
    return f"{role}:{start.action}:{start.filter_name}"


def get_domain(start, uid):
    """Return the domain of the filter for a user."""
    return [_fill_in(term, uid) for term in start.domain]


def _fill_in(term, uid):
    """Return a condition with the acting user in the place of ``uid``."""
    name, operator, value = term
    if operator in ("any", "not any"):
        return (name, operator, [_fill_in(part, uid) for part in value])
    return (name, operator, uid if value == "uid" else value)


def _get_role(group):
    """Return what a part of the page is called: the role, in the user's language."""
    if group == group.env.ref(COMMITTEE):
        return group.env._("Evaluation Committee")
    if group == group.env.ref(USER):
        return group.env._("My Requests")
    return group.name


def _get_starts(env):
    """Return the rows of the user's roles whose records the user may read."""
    return [
        start
        for start in STARTS
        if env.user.has_group(start.group) and _get_records(env, start) is not None
    ]


def _get_records(env, start):
    """Return the model of a row, or None where the user may not read it."""
    # sudo: an action names the list; its records are counted with the user's rights.
    action = env.ref(f"outsourcing_mgmt.{start.action}").sudo()
    records = env[action.res_model]
    return records if records.has_access("read") else None


def _count(env, start):
    """Return how many records the filter shows the user."""
    return _get_records(env, start).search_count(get_domain(start, env.uid))

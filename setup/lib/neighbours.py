"""Other people's add-ons beside ours: their tests the same, and no way around ours."""

import os

from . import modules, suites, template, throwaway
from .counting import Tally
from .odoo import new_tests, report_failures
from .ui import say

CORE = (
    "hr",
    "hr_maintenance",
    "maintenance",
    "portal",
    "portal_rating",
    "purchase",
    "purchase_requisition",
    "rating",
)
FAMILIES = {
    "orders": (
        "account_banking_pain_base",
        "account_banking_sepa_credit_transfer",
        "account_payment_mode",
        "account_payment_order",
        "account_payment_purchase",
        "account_payment_return",
        "base_tier_validation_forward",
        "document_page",
        "helpdesk_mgmt",
        "purchase_advance_payment",
        "purchase_deposit",
    ),
    "batches": (
        "account_payment_base_oca",
        "account_payment_batch_oca",
        "account_payment_sepa_base",
        "account_payment_sepa_credit_transfer",
    ),
}
"""OCA's add-ons; both families define the payment order and exclude each other."""

TAG = "neighbours"
"""Tests of ours that need a neighbour carry this tag instead of ``standard``."""

REVIEW = (
    "INSERT INTO tier_review (model, res_id, status, sequence, definition_id)"
    " SELECT 'outsourcing.request', 1, 'pending', 1, id FROM tier_definition"
    " WHERE model = 'outsourcing.request' LIMIT 1"
)
"""What an add-on finds that adds stored fields to reviews."""


def run(runner, odoo, is_clean):
    """Run both families.

    :param is_clean: function that judges a log and returns a tally
    """
    tally = Tally()
    base = template.ensure(runner, odoo)
    for family, theirs in FAMILIES.items():
        tally.add(_install_after_ours(runner, base, family, theirs, is_clean))
        wanted = (*CORE, *theirs) if family == "orders" else theirs
        with throwaway.database(runner, f"{family}_alone", base) as alone:
            runner.install(f"{family}: their modules", alone, theirs)
            with throwaway.database(runner, f"{family}_ours", alone) as both:
                log = runner.install(f"{family}: ours", both, modules.names())
                tally.add(is_clean(log))
                tally.add(_run_ours(runner, both, family))
                ours = suites.run(runner, both, wanted, f"{family}-ours")
            tally.add(
                suites.judge(suites.run(runner, alone, wanted, f"{family}-alone"), ours)
            )
    return tally


def _install_after_ours(runner, base, family, theirs, is_clean):
    """Install their modules where ours have a document under review."""
    with throwaway.database(runner, f"{family}_after", base) as database:
        runner.install(f"{family}: ours first", database, modules.names())
        runner.server.sql(database, REVIEW)
        return is_clean(runner.install(f"{family}: theirs after", database, theirs))


def _run_ours(runner, database, family):
    """Run the tests of our modules that need the family."""
    tests = new_tests()
    _status, log = runner.run(
        f"{family}: our tests",
        *("server", "-d", database, "--stop-after-init"),
        *("--test-tags", f"{TAG},{TAG}_{family}"),
        tests=tests,
        log_name=f"{TAG}-{family}-{os.getpid()}",
    )
    troubles = tests.complaints() if tests.started else ["none of our tests ran"]
    if tests.failed:
        report_failures(log)
    for trouble in troubles:
        say(f"    FAILED: {trouble}")
    say(f"    log: {log}")
    return Tally(tests.passed, tests.failed + len(troubles), tests.skipped)

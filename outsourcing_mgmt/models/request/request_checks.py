"""What HR is told of a request before it decides: splitting, and who commands."""

from dateutil.relativedelta import relativedelta

from odoo import fields

ASKED = ("submitted", "approved", "in_tender", "done")
"""States of a request that asks for something: it counts in plan and checks."""
SPLIT_MONTHS = 12


def get_related(request):
    """Return the requests that may be one purchase with this one.

    Those of the same department and category in the twelve months until this one was
    submitted, or until today.

    :param request: outsourcing.request, with sudo
    """
    until = request.submitted_date or fields.Datetime.now()
    return request.search(
        [
            ("id", "!=", request._origin.id),
            ("company_id", "=", request.company_id.id),
            ("department_id", "=", request.department_id.id),
            ("category_id", "=", request.category_id.id),
            ("state", "in", ASKED),
            ("submitted_date", ">=", until - relativedelta(months=SPLIT_MONTHS)),
            ("submitted_date", "<=", until),
        ]
    )


def get_split_hint(request):
    """Say that requests together need more competition than each alone, or nothing.

    :param request: outsourcing.request, with sudo
    """
    if not (request.department_id and request.category_id):
        return ""
    related = get_related(request)
    if not related:
        return ""
    env, company = request.env, request.company_id
    total = request.estimated_amount + sum(related.mapped("estimated_amount"))
    alone = env["outsourcing.procedure"]._propose(request.estimated_amount, company)
    if not alone:
        return ""
    needed, is_below = alone._get_needed(total, company)
    if not is_below:
        return ""
    return env._(
        "May be one purchase in parts: %(count)s more requests of %(department)s for "
        "%(category)s in 12 months, %(total)s together, which asks for %(procedure)s. "
        "Approve it only if they are separate needs.",
        count=len(related),
        department=request.department_id.name,
        category=request.category_id.display_name,
        total=request.currency_id.format(total),
        procedure=needed.name or env._("another procedure"),
    )


def get_dispatch_advice(request):
    """Say that the service looks like hired labour and not like a service, or nothing.

    Whoever commands the workers, owns the tools and sets the hours is taken for the
    employer; two of the three on the company's side are enough for the advice.

    :param request: outsourcing.request
    """
    answers = (request.who_directs, request.whose_tools, request.who_sets_hours)
    if answers.count("company") < 2:
        return ""
    return request.env._(
        "This looks like labour dispatch and not like outsourcing: the company would "
        "direct the people as an employer does. Let the vendor direct its people with "
        "its own tools and hours and buy a result, or use a licensed dispatch agency."
    )

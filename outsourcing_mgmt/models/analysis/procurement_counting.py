"""What the analysis says of a tender, or of a contract that had none.

Functions without a right of their own: the job calls them with sudo.
"""

from ...tools import figures
from ..award.reference_share import get_reference

STEPS = (
    ("days_request", "request_on", "request_approved_on"),
    ("days_price", "request_approved_on", "price_on"),
    ("days_publish", "price_on", "published_on"),
    ("days_open", "published_on", "opened_on"),
    ("days_award", "opened_on", "awarded_on"),
    ("days_sign", "awarded_on", "signed_on"),
    ("days_file", "signed_on", "filed_on"),
    ("days_total", "request_on", "filed_on"),
)
DATES = (
    "request_on",
    "request_approved_on",
    "price_on",
    "published_on",
    "opened_on",
    "awarded_on",
    "signed_on",
    "filed_on",
)
# Bids that were there when the bids were opened.
OPENED_BIDS = ("opened", "qualified", "disqualified", "ranked", "won", "lost")


def describe_tenders(tenders):
    """Return the rows of tenders by id."""
    counts = dict(
        tenders.env["outsourcing.bid"]._read_group(
            [("tender_id", "in", tenders.ids), ("state", "in", OPENED_BIDS)],
            ["tender_id"],
            ["__count"],
        )
    )
    contracts = (
        tenders.env["outsourcing.contract"]
        .with_context(active_test=False)
        .search([("tender_id", "in", tenders.ids), ("state", "!=", "cancelled")])
        .grouped("tender_id")
    )
    rows = {}
    for tender in tenders:
        own = contracts.get(tender, tenders.env["outsourcing.contract"])
        rows[tender.id] = {
            **_get_tender_dates(tender, own),
            **_get_tender_amounts(tender),
            "tender_id": tender.id,
            "company_id": tender.company_id.id,
            "category_id": tender.category_id.id,
            "department_id": tender.request_ids.sorted("id")[:1].department_id.id,
            "procedure_id": tender.procedure_id.id,
            "method": tender.method,
            "outcome": _get_outcome(tender),
            "bidder_count": counts.get(tender, 0) if tender.is_opened else 0,
            "is_single": tender.is_opened and counts.get(tender, 0) == 1,
            "is_direct": tender.method == "direct",
        }
    _add_days(tenders.env, rows.values())
    return rows


def describe_contracts(contracts):
    """Return the rows of contracts without a tender by id."""
    rows = {}
    for contract in contracts:
        rows[contract.id] = {
            **dict.fromkeys(DATES, False),
            "awarded_on": contract.signed_date,
            "signed_on": contract.signed_date,
            "filed_on": contract.filed_date,
            "contract_id": contract.id,
            "company_id": contract.company_id.id,
            "category_id": contract.category_id.id,
            "partner_id": contract.partner_id.id,
            "method": "none",
            "outcome": "awarded",
            "is_direct": True,
            "amount_awarded": contract._to_company_currency(contract.amount_total),
        }
    _add_days(contracts.env, rows.values())
    return rows


def _get_tender_dates(tender, contracts):
    """Return the day of each step, where the company works."""
    day = tender.company_id._outsourcing_date
    requests = tender.request_ids
    awards = tender.award_ids.filtered(lambda award: award.state == "final")
    price = tender.reference_price_id
    signed = contracts.mapped("signed_date")
    filed = contracts.mapped("filed_date")

    def get_day(moments, choose):
        moments = [moment for moment in moments if moment]
        return day(choose(moments)) if moments else False

    is_over = tender.state in ("awarded", "contracted")
    return {
        "request_on": get_day(requests.mapped("submitted_date"), min),
        "request_approved_on": get_day(requests.mapped("approved_date"), max),
        "price_on": get_day([price.approved_date], max),
        "published_on": get_day([tender.publish_date], max),
        "opened_on": get_day([tender.opened_date], max),
        "awarded_on": get_day(awards.mapped("final_date"), max) if is_over else False,
        # The last of several contracts ends the step.
        "signed_on": max(signed) if signed and all(signed) else False,
        "filed_on": max(filed) if filed and all(filed) else False,
        "partner_id": awards.partner_id.id if len(awards.partner_id) == 1 else False,
    }


def _get_tender_amounts(tender):
    """Return reference price, award and saving in the currency of the company.

    Nothing before the award is final: until then neither is to be known. Both are
    converted at the rate of the day of the award, so that the rate saves nothing. The
    reference price is that of the services that were awarded.
    """
    amounts = dict.fromkeys(
        ("amount_reference", "amount_awarded", "amount_saving"), 0.0
    )
    awards = tender.award_ids.filtered(lambda award: award.state == "final")
    if tender.state not in ("awarded", "contracted") or not awards:
        return amounts
    company = tender.company_id
    convert = max(awards, key=lambda award: award.final_date)._to_company_currency
    awarded = convert(sum(awards.mapped("amount_total")))
    amounts["amount_awarded"] = awarded
    if reference := convert(get_reference(awards)):
        amounts |= {
            "amount_reference": reference,
            "amount_saving": company.currency_id.round(reference - awarded),
        }
    return amounts


def _get_outcome(tender):
    if tender.state in ("failed", "cancelled"):
        return "ended"
    return "awarded" if tender.state in ("awarded", "contracted") else "running"


def _add_days(env, rows):
    """Add to rows the working days of each step, by the calendar of each company."""
    by_company = {}
    for row in rows:
        by_company.setdefault(row["company_id"], []).append(row)
    for company in env["res.company"].browse(by_company):
        own = by_company[company.id]
        days = [row[name] for row in own for name in DATES if row[name]]
        if not days:
            continue
        working = sorted(
            company._outsourcing_get_working_days(
                company.resource_calendar_id, min(days), max(days)
            )
        )
        for row in own:
            for name, first, last in STEPS:
                count = figures.count_days(row[first], row[last], working)
                row[name] = count or 0
                row[f"has_{name}"] = count is not None

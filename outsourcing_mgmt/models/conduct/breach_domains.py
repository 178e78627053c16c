"""Which documents may be in breach of a rule: domains for the nightly search.

Most documents never are. A domain leaves them in the database; what is left is judged
in Python, in the language of whoever is told. Domains of SQL, as no other compares two
columns; ``tests/bench/contracts.py`` measures the rules ("breaches") over 20,000
tenders and 50,000 contracts of which 1 % are in breach.
"""

from odoo.fields import Domain
from odoo.tools import SQL


def _compare(text, *names):
    """Return a domain of SQL in which ``%(name)s`` is a column of the model."""

    def to_sql(model, alias, query):
        columns = {name: model._field_to_sql(alias, name, query) for name in names}
        return SQL(text, **columns)

    return Domain.custom(to_sql=to_sql)


def without_request():
    """Tenders that were published before each of their requests was approved."""
    late = _compare(
        """EXISTS (
            SELECT FROM outsourcing_tender_request_rel rel
              JOIN outsourcing_request request ON request.id = rel.request_id
             WHERE rel.tender_id = %(id)s
               AND (request.approved_date IS NULL
                    OR request.approved_date > %(publish_date)s))""",
        "id",
        "publish_date",
    )
    return Domain("publish_date", "!=", False) & (
        Domain("request_ids", "=", False) | late
    )


def without_price():
    """Tenders that were published before their reference price was approved.

    One that came with an addendum was approved before that.
    """
    early = _compare(
        """NOT EXISTS (
            SELECT FROM outsourcing_reference_price price
             WHERE price.id = %(reference_price_id)s
               AND (price.approved_date <= %(publish_date)s
                    OR EXISTS (
                        SELECT FROM outsourcing_tender_addendum addendum
                         WHERE addendum.tender_id = %(id)s
                           AND addendum.reference_price_id = price.id
                           AND price.approved_date <= addendum.published_at)))""",
        "id",
        "reference_price_id",
        "publish_date",
    )
    return Domain("publish_date", "!=", False) & early


def with_few_bids(states):
    """Opened tenders with fewer bids than their procedure asks for.

    :param states: of bids that were there at the opening
    """

    def to_sql(model, alias, query):
        return SQL(
            """%s > (
                SELECT COUNT(*) FROM outsourcing_bid bid
                 WHERE bid.tender_id = %s AND bid.state = ANY(%s))""",
            model._field_to_sql(alias, "min_bidders", query),
            model._field_to_sql(alias, "id", query),
            list(states),
        )

    opened = Domain("opened_date", "!=", False) & Domain("few_bids_user_id", "=", False)
    return opened & Domain.custom(to_sql=to_sql)


def opened_early():
    """Tenders that were opened before their deadline or the announced opening."""
    return Domain("opened_date", "!=", False) & _compare(
        "%(opened_date)s < GREATEST(%(bid_deadline)s, %(opening_date)s)",
        "opened_date",
        "bid_deadline",
        "opening_date",
    )


def signed_late():
    """Final awards without a contract signed for sure in time.

    A day is left for time zones. The days to sign are those that the tender froze.
    """
    unsure = _compare(
        """NOT EXISTS (
            SELECT FROM outsourcing_contract contract
              JOIN outsourcing_tender tender ON tender.id = %(tender_id)s
             WHERE contract.id = %(contract_id)s
               AND contract.signed_date < %(final_date)s::date
                   + (tender.rules ->> 'sign_days')::int)""",
        "tender_id",
        "contract_id",
        "final_date",
    )
    return Domain("state", "=", "final") & unsure


def renewed_unforeseen():
    """Signed renewals beyond what the contract before foresaw."""
    beyond = _compare(
        """%(renewal_number)s > (
            SELECT COALESCE(before.renewals_foreseen, 0)
              FROM outsourcing_contract before
             WHERE before.id = %(predecessor_id)s)""",
        "renewal_number",
        "predecessor_id",
    )
    return (
        Domain("predecessor_id", "!=", False)
        & Domain("signed_date", "!=", False)
        & beyond
    )

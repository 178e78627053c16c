from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date, format_list

from ...tools.lack import Lack, join
from .outsourcing_contract import REVIEWED_TYPE


class OutsourcingContract(models.Model):
    """What a contract rests on: an award, what was foreseen, or the reviews.

    A contract without competition, and a renewal beyond what the contract before
    foresees, are sent to sign after a tier review: the manager group, then finance.
    """

    _inherit = "outsourcing.contract"

    # ------------------------------------------------------------
    # TIER VALIDATION OVERRIDES
    # ------------------------------------------------------------

    def request_validation(self):
        for contract in self.filtered(
            lambda item: item.is_direct and not item.direct_reason
        ):
            raise contract._flow_missing_error(
                [self._flow_field_label("direct_reason")]
            )
        for contract in self.filtered(
            lambda item: item.is_direct and not item.category_id
        ):
            # pylint: disable=translation-required
            raise UserError(
                f"{contract._flow_names()}: {contract._get_category_reason()}"
            )
        return super().request_validation()

    def _validate_tier(self, tiers=False):
        result = super()._validate_tier(tiers)
        self._tell_result_of_review()
        return result

    def _rejected_tier(self, tiers=False):
        result = super()._rejected_tier(tiers)
        self._tell_result_of_review()
        return result

    def _tier_tell_of_refusal(self, reason):
        """Nothing more: the result of every review is told, with an activity."""

    def _tier_get_cannot_cross_reason(self):
        """A contract that rests on an award or a foreseen renewal needs no review."""
        if not self._is_direct():
            return ""
        return super()._tier_get_cannot_cross_reason()

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_origin_reason(self):
        """Say what is wrong with what the contract rests on, or nothing."""
        self.ensure_one()
        # sudo: whoever sends the contract to sign need not read orders and awards.
        contract = self.sudo()
        orders = contract._get_living_orders()
        if foreign := orders.filtered(
            lambda order: order.currency_id != contract.currency_id
        ):
            return self.env._(
                "its amount is in %(currency)s, and not these orders: %(orders)s. "
                "Contract and orders are signed in one currency.",
                currency=contract.currency_id.name,
                orders=format_list(self.env, foreign.mapped("name")),
            )
        ordered = contract._get_ordered(orders)
        if orders and not contract._is_same_but_rounding(orders):
            return self.env._(
                "its amount is %(amount)s, its orders say %(ordered)s. Nothing is "
                "bargained after the award: both must be equal.",
                amount=self.currency_id.format(self.amount_total),
                ordered=self.currency_id.format(ordered),
            )
        if contract.award_ids:
            return contract._get_award_reason()
        if self.predecessor_id and (reason := contract._get_other_party_reason()):
            return reason
        if not self._is_direct():
            return ""
        gate = self._tier_get_cannot_cross_reason()
        if self.direct_reason and not gate:
            return ""
        parts = [
            contract._get_beyond_reason()
            if self.predecessor_id
            else self.env._(
                "it has no award. A tender comes first; a contract without one needs a "
                "reason, and is reviewed by the manager group and finance before it is "
                "sent to sign."
            )
        ]
        if not self.direct_reason:
            text = self.env._(
                'Fill in "%s" first.', self._flow_field_label("direct_reason")
            )
            parts.append(Lack(text, "direct_reason"))
        elif gate:
            parts.append(self.env._("Its review: %s", gate))
        if not self.category_id:
            parts.append(Lack(self._get_category_reason(), "category_id"))
        return join(parts)

    def _get_filing_reason(self):
        """Say that there is less time to file than the draft says, or nothing."""
        self.ensure_one()
        # sudo: whoever sends it to sign need not read what the rules are taken from.
        contract = self.sudo()
        company, before = contract.company_id, contract.predecessor_id
        days = company.outsourcing_filing_days
        kinds = {company.outsourcing_filing_day_kind}
        if contract.tender_id:
            days = contract.tender_id._get_rule("filing_days") or 0
            kinds = {contract.tender_id._get_rule("filing_day_kind")}
        elif before:
            days = max(days, before.filing_days)
            kinds.add(before.filing_day_kind)
        is_longer = contract.filing_day_kind == "working" and "working" not in kinds
        if contract.filing_days <= days and not is_longer:
            return ""
        labels = self._fields["filing_day_kind"]._description_selection(self.env)
        return self.env._(
            "it has %(days)s days to file with HR (%(kind)s); set them back in the "
            "draft, or have the rule changed.",
            days=days,
            kind=dict(labels)["working" if "working" in kinds else "calendar"],
        )

    def _get_category_reason(self):
        return self.env._(
            "Choose its category: that says which deliveries, documents and quality "
            'rules such a contract needs. Where none fits, "Other".'
        )

    def _get_other_party_reason(self):
        """Say why the contract is no renewal of the one before, or nothing."""
        before = self.predecessor_id
        if (
            self.commercial_partner_id == before.commercial_partner_id
            and self.currency_id == before.currency_id
        ):
            return ""
        return self.env._(
            "it renews %(contract)s with %(vendor)s in %(currency)s, and a renewal "
            "keeps vendor and currency. Set them back, or cancel it and hold a "
            "tender.",
            contract=before.name,
            vendor=before.partner_id.display_name,
            currency=before.currency_id.name,
        )

    def _get_beyond_reason(self):
        """Say in what the renewal goes beyond what was foreseen."""
        before = self.predecessor_id
        start, end = before._get_next_period()
        terms = dict(self._fields["term"]._description_selection(self.env))
        return self.env._(
            'it renews %(contract)s, which foresees %(count)s renewals, "%(term)s", '
            "each for %(amount)s, this one from %(start)s until %(end)s, and less for "
            "a shorter time. It goes beyond that in: %(fields)s. Keep to what was "
            "foreseen; beyond it, it is a contract without tender, which needs a "
            "reason, and is reviewed by the manager group and finance before it is "
            "sent to sign.",
            contract=before.name,
            count=before.renewals_foreseen,
            term=terms[before.term],
            amount=before.currency_id.format(before.amount_total),
            start=format_date(self.env, start),
            end=format_date(self.env, end),
            fields=format_list(
                self.env,
                [self._flow_field_label(name) for name in self._get_beyond_foreseen()],
            ),
        )

    def _get_award_reason(self):
        """Say what is wrong with the awards of the contract, or nothing."""
        self.ensure_one()
        awards, orders = self.award_ids, self.purchase_order_ids
        awarded = sum(awards.mapped("amount_total"))
        if any(award.state != "final" for award in awards):
            return self.env._("its award is not final any more.")
        if self.currency_id.compare_amounts(awarded, self.amount_total):
            return self._get_award_amount_reason(awarded)
        if not orders or any(order.state != "purchase" for order in orders):
            return self.env._(
                "the order of the winner is not confirmed: procurement confirms it on "
                "the tender first."
            )
        return ""

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_living_orders(self):
        """Return the orders of the contract that were not cancelled."""
        return self.purchase_order_ids.filtered(lambda order: order.state != "cancel")

    def _get_ordered(self, orders):
        """Return the untaxed sum of orders in the currency of the contract."""
        return sum(
            self._convert_ordered(order, order.amount_untaxed) for order in orders
        )

    def _convert_ordered(self, order, amount):
        """Return an amount of an order in the contract's currency, at its own day."""
        self.ensure_one()
        currency, company = self.currency_id, self.company_id
        if not amount or not order or order.currency_id == currency:
            return amount
        day = company._outsourcing_date(order.date_approve or order.date_order)
        return order.currency_id._convert(amount, currency, company, day)

    def _get_rounding_difference(self, orders):
        """Return what the orders are above the contract amount, below if negative."""
        self.ensure_one()
        return self.currency_id.round(self._get_ordered(orders) - self.amount_total)

    def _is_same_but_rounding(self, orders):
        """Whether the orders are the contract amount, but for rounding their lines.

        Each line may differ by half of the smallest amount where award and order
        were rounded in two ways, line by line or as a whole.
        """
        self.ensure_one()
        difference = self._get_rounding_difference(orders)
        room = self._get_rounding_room(orders)
        return self.currency_id.compare_amounts(abs(difference), room) <= 0

    def _get_rounding_room(self, orders):
        """Return by how much rounding alone may make orders and contract differ."""
        self.ensure_one()
        lines = orders.order_line.filtered(lambda line: not line.display_type)
        return self.currency_id.rounding / 2 * len(lines)

    def _note_rounding_difference(self):
        """Name in the log the difference that rounding makes, where there is one."""
        for contract in self:
            orders = contract._get_living_orders()
            difference = contract._get_rounding_difference(orders)
            if orders and difference:
                contract.message_post(
                    body=self.env._(
                        "Rounding difference between its orders and its amount: "
                        "%(difference)s. The lines were rounded in two ways, one by "
                        "one and as a whole.",
                        difference=contract.currency_id.format(difference),
                    )
                )

    def _is_direct(self):
        """Whether neither an award nor what was foreseen stands behind it."""
        self.ensure_one()
        # sudo: the origin of a contract is judged whoever asks.
        contract = self.sudo()
        if contract.award_ids:
            return False
        return not contract.predecessor_id or bool(contract._get_beyond_foreseen())

    def _get_beyond_foreseen(self):
        """Return the fields in which a renewal goes beyond the contract before.

        The amount is foreseen for the whole period, and in proportion of its days
        for a shorter one.

        :rtype: list of names
        """
        self.ensure_one()
        before = self.predecessor_id
        first, last = before._get_next_period()
        start, end = self.date_start, self.date_end
        beyond = []
        if self.commercial_partner_id != before.commercial_partner_id:
            beyond.append("partner_id")
        if self.currency_id != before.currency_id:
            beyond.append("currency_id")
        if not start or start < first:
            beyond.append("date_start")
        if not end or end > last:
            beyond.append("date_end")
        days = (end - start).days + 1 if start and end else 0
        share = min(1, max(0, days) / ((last - first).days + 1))
        foreseen = before.amount_total * share
        if self.currency_id.compare_amounts(self.amount_total, foreseen) > 0:
            beyond.append("amount_total")
        if self.renewal_number > before.renewals_foreseen:
            beyond.append("renewal_number")
        # What the renewal foresees itself would bind the next one.
        if self.renewals_foreseen > before.renewals_foreseen:
            beyond.append("renewals_foreseen")
        if self.term == "auto_renew" != before.term:
            beyond.append("term")
        return beyond

    def _tell_result_of_review(self):
        """Give whoever asked for the review an activity once it is over."""
        for contract in self:
            if contract.validation_status not in ("rejected", "validated"):
                continue
            # sudo: reviewers may not write the contract; its author goes on with it.
            document = contract.sudo()
            document.activity_unlink([REVIEWED_TYPE])
            document.activity_schedule(
                REVIEWED_TYPE,
                date_deadline=contract.company_id._outsourcing_today(),
                summary=self.env._("Reviewed: send the contract to sign")
                if contract.validation_status == "validated"
                else self.env._("Rejected: change the contract, or cancel it"),
                user_id=document.review_ids.requested_by[:1].id or document.owner_id.id,
            )

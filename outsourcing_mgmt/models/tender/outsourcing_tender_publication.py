from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command

from ...tools import procedure
from ..base.outsourcing_grant import server_write
from .outsourcing_tender_flow import MANAGER, PROCUREMENT

# The rules of a procedure that a tender keeps from its publication on.
FROZEN_RULES = (
    "method",
    "min_bidders",
    "min_invited",
    "min_tendering_days",
    "question_days",
    "addendum_extension_days",
    "envelopes",
    "sealing",
    "price_ceiling",
    "abnormally_low_mean_percent",
    "abnormally_low_next_percent",
    "standstill_days",
    "sign_days",
    "filing_days",
    "filing_day_kind",
    "committee_min",
    "committee_odd",
    "expert_share_percent",
    "quorum",
    "bid_guarantee_percent",
    "performance_guarantee_percent",
    "manager_only",
)


class OutsourcingTender(models.Model):
    """The tender file: made from requests, complete, published once."""

    _inherit = "outsourcing.tender"

    can_publish = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("question_deadline", "bid_deadline", "opening_date")
    def _check_calendar(self):
        for tender in self:
            dates = [
                date
                for date in (
                    tender.question_deadline,
                    tender.bid_deadline,
                    tender.opening_date,
                )
                if date
            ]
            if dates != sorted(dates):
                raise ValidationError(
                    self.env._(
                        "%s: questions end before the bids, and bids end before the "
                        "opening.",
                        tender.display_name,
                    )
                )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_publish(self):
        """Publish the notice under frozen rules; needs the signed-off file."""
        return self._take_step("published")

    # ------------------------------------------------------------
    # MAKING THE FILE
    # ------------------------------------------------------------

    @api.model
    def _create_from_requests(self, requests):
        """Return one tender for approved requests, in draft.

        :param requests: outsourcing.request of one company
        """
        return self.create(self._prepare_from_requests(requests))

    @api.model
    def _prepare_from_requests(self, requests):
        """Return the values of a tender for ``requests``."""
        company, category = requests[:1].company_id, requests[:1].category_id
        amount = sum(requests.mapped("estimated_amount"))
        rule = category.procedure_id or self.env["outsourcing.procedure"]._propose(
            amount, company
        )
        price = self.env["outsourcing.reference.price"].search(
            [("request_ids", "in", requests.ids), ("state", "=", "approved")],
            order="approved_date desc",
            limit=1,
        )
        return {
            "subject": ", ".join(requests.mapped("subject")),
            "company_id": company.id,
            "currency_id": (price.currency_id or company.currency_id).id,
            "category_id": category.id,
            "procedure_id": rule.id,
            "reference_price_id": price.id,
            "description": "".join(
                request.description for request in requests if request.description
            )
            or False,
            "request_ids": [Command.set(requests.ids)],
            "line_ids": [
                Command.create(values)
                for values in self._prepare_lines_from_requests(requests)
            ],
            "criterion_ids": [
                Command.create(values)
                for values in self._prepare_criteria_from_category(category)
            ],
        }

    @api.model
    def _prepare_lines_from_requests(self, requests):
        """Return line values: the lines of the requests, or one per request."""
        rows = []
        for request in requests:
            product = request.category_id.product_id
            rows += [
                {
                    "request_line_id": line.id,
                    "product_id": (line.product_id or product).id,
                    "name": line.name,
                    "product_qty": line.product_qty,
                    "product_uom_id": (
                        line.product_uom_id or line.product_id.uom_id or product.uom_id
                    ).id,
                }
                for line in request.line_ids
                if line.product_id or product
            ]
            if not request.line_ids and product:
                rows.append({"product_id": product.id, "name": request.subject})
        return rows

    @api.model
    def _prepare_criteria_from_category(self, category):
        """Return the default criteria of the category or its nearest parent."""
        while category and not category.criterion_ids:
            category = category.parent_id
        if not category:
            return [{"name": self.env._("Price"), "kind": "price", "weight": 10000}]
        return [
            {
                "sequence": criterion.sequence,
                "name": criterion.name,
                "kind": criterion.kind,
                "weight": criterion.weight,
                "max_points": criterion.max_points,
            }
            for criterion in category.criterion_ids
        ]

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_publish_reason(self):
        if not self._flow_user_in(PROCUREMENT):
            return dict.fromkeys(self.ids, self._get_procurement_only_reason())
        reasons = {}
        for tender in self:
            problems = [
                *tender._get_file_problems(),
                *tender._get_calendar_problems(),
                *tender._get_committee_problems(),
            ]
            if gate := tender._tier_get_cannot_cross_reason():
                problems.append(gate)
            if problems:
                reasons[tender.id] = " ".join(problems)
        return reasons

    def _get_file_problems(self):
        """Return what the tender file still lacks, as sentences."""
        self.ensure_one()
        tender = self.sudo()
        problems = [*tender._get_request_problems(), *tender._get_price_problems()]
        if tender._get_rule("manager_only") and not self._flow_user_in(MANAGER):
            problems.append(
                self.env._("Only the outsourcing manager publishes under this rule.")
            )
        if not tender.line_ids:
            problems.append(self.env._("Add the services that are tendered."))
        if tender._get_scored_criteria() and not tender.committee_ids.filtered(
            "is_voting"
        ):
            problems.append(
                self.env._("Appoint a committee: the price is not the only criterion.")
            )
        weights = sum(tender.criterion_ids.mapped("weight"))
        if weights != 10000:
            problems.append(
                self.env._(
                    "The weights of the criteria sum to %(sum)s %%, not to 100 %%.",
                    sum=weights / 100,
                )
            )
        prices = tender.criterion_ids.filtered(lambda item: item.kind == "price")
        if len(prices) != 1:
            problems.append(self.env._("There must be exactly one price criterion."))
        return problems

    def _get_request_problems(self):
        self.ensure_one()
        if not self.request_ids:
            return [self.env._("Choose the approved requests that it is for.")]
        problems = []
        bad = self.request_ids.filtered(
            lambda request: (
                not request.approved_date
                or request.state not in ("approved", "in_tender")
            )
        )
        if bad:
            problems.append(
                self.env._(
                    "Not approved by HR: %s.", ", ".join(bad.mapped("display_name"))
                )
            )
        rivals = self.search(
            [
                ("request_ids", "in", self.request_ids.ids),
                ("state", "not in", ("draft", "failed", "cancelled")),
                ("id", "!=", self.id),
            ]
        )
        if rivals:
            problems.append(
                self.env._(
                    "The request is tendered already: %s.",
                    ", ".join(rivals.mapped("name")),
                )
            )
        return problems

    def _get_price_problems(self):
        self.ensure_one()
        price = self.reference_price_id
        if not price:
            return [
                self.env._(
                    "Choose the reference price that the outsourcing department set "
                    "and finance approved."
                )
            ]
        if price.state != "approved" or not price.approved_date:
            return [
                self.env._(
                    "Finance has not approved the reference price %s.",
                    price.display_name,
                )
            ]
        if self.request_ids - price.request_ids:
            return [
                self.env._(
                    "The reference price %s is not for all of the requests.",
                    price.display_name,
                )
            ]
        if price.currency_id != self.currency_id:
            return [
                self.env._(
                    "Reference price and tender are in different currencies: %(price)s "
                    "and %(tender)s.",
                    price=price.currency_id.name,
                    tender=self.currency_id.name,
                )
            ]
        return []

    def _get_calendar_problems(self):
        self.ensure_one()
        if not self.bid_deadline:
            return [self.env._("Fill in the bid deadline.")]
        days = self._get_rule("min_tendering_days")
        earliest = procedure.earliest_deadline(fields.Datetime.now(), days)
        # Deadlines are typed to the minute.
        if self.bid_deadline < earliest.replace(second=0, microsecond=0):
            return [
                self.env._(
                    "Bidders need %(days)s days: the bid deadline is %(earliest)s or "
                    "later.",
                    days=days,
                    earliest=self._format_moment(earliest),
                )
            ]
        return []

    def _get_committee_problems(self):
        """Return which rules the committee breaks, as sentences."""
        self.ensure_one()
        tender = self.sudo()
        members = tender.committee_ids.filtered("is_voting")
        problems = []
        texts = {
            "too_small": self.env._(
                "The committee has %(count)s voting members; the rule asks for "
                "%(needed)s.",
                count=len(members),
                needed=tender._get_rule("committee_min"),
            ),
            "even": self.env._("The number of voting members must be odd."),
            "too_few_experts": self.env._(
                "Experts must make up %(share)s %% of the committee.",
                share=tender._get_rule("expert_share_percent"),
            ),
        }
        for code in procedure.committee_problems(
            len(members),
            len(members.filtered(lambda member: member.role == "expert")),
            tender._get_rule("committee_min"),
            tender._get_rule("committee_odd"),
            tender._get_rule("expert_share_percent"),
        ):
            problems.append(texts[code])
        excluded = members.filtered("is_excluded")
        if excluded:
            problems.append(
                self.env._(
                    "Asked for the service or set its price, and cannot judge: %s.",
                    ", ".join(excluded.mapped("partner_id.name")),
                )
            )
        return problems

    # ------------------------------------------------------------
    # SIDE EFFECTS
    # ------------------------------------------------------------

    def _enter_published(self, origins):
        """Freeze the rules and take the requests and the price into use."""
        for tender in self:
            vals = {
                "rules": {name: tender.procedure_id[name] for name in FROZEN_RULES},
                "publish_date": fields.Datetime.now(),
                "published_by_id": self.env.uid,
            }
            if not tender.opening_date:
                vals["opening_date"] = tender.bid_deadline
            if not tender.question_deadline:
                vals["question_deadline"] = procedure.question_end(
                    tender.bid_deadline, tender._get_rule("question_days")
                )
            server_write(tender, vals)
            tender.request_ids.filtered(
                lambda request: request.state == "approved"
            ).write({"state": "in_tender"})
        # Procurement publishes but has no right to write reference prices.
        server_write(self.reference_price_id.sudo(), {"state": "used"})

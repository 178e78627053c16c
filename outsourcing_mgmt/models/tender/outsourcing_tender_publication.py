from odoo import api, fields, models
from odoo.tools import format_list

from ...tools import procedure
from ...tools.lack import Lack, join
from ..award.purchase_order import get_order_problem
from ..base.groups import MANAGER, PROCUREMENT


class OutsourcingTender(models.Model):
    """What a tender file needs to be published, and who is told that it is ready.

    The officers sign the file off by a tier review; procurement publishes it.
    """

    _inherit = "outsourcing.tender"

    # ------------------------------------------------------------
    # TIER VALIDATION OVERRIDES
    # ------------------------------------------------------------

    def _validate_tier(self, tiers=False):
        result = super()._validate_tier(tiers)
        self._ask_to_publish()
        return result

    def _tier_get_ready_message(self):
        text = super()._tier_get_ready_message()
        return self.env._("%s Procurement publishes it.", text)

    def _ask_to_publish(self):
        """Ask procurement to publish a file that every tier has approved."""
        for tender in self.filtered(lambda item: item.validation_status == "validated"):
            # sudo: reviewers need not be allowed to read who runs the procedure.
            user = tender.sudo().user_id
            if not user.has_group(PROCUREMENT):
                user = tender._flow_get_users_of(PROCUREMENT)[:1]
            tender._plan_activity("mail_activity_type_tender_publish", user, None)

    # ------------------------------------------------------------
    # RULES OF THE PUBLICATION
    # ------------------------------------------------------------

    def _get_cannot_publish_reason(self):
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
                reasons[tender.id] = join(problems)
        return reasons

    def _is_agreed_by_manager(self):
        """Whether a manager publishes the tender, or has approved it."""
        self.ensure_one()
        reviewers = self.review_ids.filtered(
            lambda review: review.status == "approved"
        ).done_by
        return any(user.has_group(MANAGER) for user in reviewers | self.env.user)

    def _get_file_problems(self):
        """Return what the tender file still lacks, as sentences."""
        self.ensure_one()
        # sudo: the file is judged whole, whoever publishes.
        tender = self.sudo()
        problems = [
            *tender._get_request_problems(),
            *tender._get_price_problems(),
            *tender._get_policy_problems(),
            *tender._get_guarantee_problems(),
        ]
        if tender._get_rule("manager_only") and not tender._is_agreed_by_manager():
            problems.append(
                self.env._(
                    "Only the outsourcing manager publishes under this rule, or "
                    "procurement after a review by the manager group."
                )
            )
        if not tender.line_ids:
            problems.append(
                Lack(self.env._("Add the services that are tendered."), "line_ids")
            )
        # Where the rule asks for a number of members, that is said in its place.
        if (
            tender._get_scored_criteria()
            and not tender._get_rule("committee_min")
            and not tender.committee_ids.filtered("is_voting")
        ):
            problems.append(
                Lack(
                    self.env._(
                        "Appoint a committee: the price is not the only criterion."
                    ),
                    "committee_ids",
                )
            )
        if tender.award_by_line and len(tender.line_ids) < 2:
            problems.append(
                Lack(
                    self.env._("An award by line needs at least two services."),
                    "line_ids",
                )
            )
        problems += tender._get_criteria_problems()
        if problem := get_order_problem(tender):
            problems.append(problem)
        return problems + tender._get_vendor_problems()

    def _get_criteria_problems(self):
        """Return what is wrong with the award criteria, as sentences."""
        self.ensure_one()
        problems = []
        weights = sum(self.criterion_ids.mapped("weight"))
        if weights != 10000:
            problems.append(
                Lack(
                    self.env._(
                        "The weights of the criteria sum to %(sum)s %%, not to 100 %%.",
                        sum=weights / 100,
                    ),
                    "criterion_ids",
                )
            )
        prices = self.criterion_ids.filtered(lambda item: item.kind == "price")
        if len(prices) != 1:
            problems.append(
                Lack(
                    self.env._("There must be exactly one price criterion."),
                    "criterion_ids",
                )
            )
        records = self.criterion_ids.filtered(lambda item: item.kind == "record")
        if records and self._get_past_quality() is None:
            problems.append(
                Lack(
                    self.env._(
                        "Nothing measures the past quality of vendors here. Take the "
                        "criterion out: %s.",
                        format_list(self.env, records.mapped("name")),
                    ),
                    "criterion_ids",
                )
            )
        return problems

    def _get_past_quality(self):
        """Return ``{commercial partner id: score out of 100}``, frozen at publication.

        None where nothing measures it. A module that does extends this.
        """
        self.ensure_one()
        return None

    def _get_vendor_problems(self):
        """Return what vendors would still miss: invitations, addresses, files."""
        self.ensure_one()
        problems = []
        invited = len(self.invitation_ids)
        if self.method == "direct" and invited != 1:
            problems.append(
                Lack(
                    self.env._(
                        "A direct award goes to one vendor: invite exactly one (%s so "
                        "far).",
                        invited,
                    ),
                    "invitation_ids",
                )
            )
        if self.method == "invited":
            needed = self._get_rule("min_invited")
            if invited < needed:
                problems.append(
                    Lack(
                        self.env._(
                            "Invite at least %(needed)s vendors (%(invited)s so far).",
                            needed=needed,
                            invited=invited,
                        ),
                        "invitation_ids",
                    )
                )
        without_mail = self.invitation_ids.filtered(
            lambda invitation: not invitation.partner_id.email
        )
        if without_mail:
            problems.append(
                Lack(
                    self.env._(
                        "Fill in the mail address of: %s.",
                        format_list(
                            self.env, without_mail.partner_id.mapped("display_name")
                        ),
                    ),
                    records=without_mail.partner_id,
                )
            )
        without_file = self.document_ids.filtered(
            lambda document: document.state == "draft" and not document.size
        )
        if without_file:
            problems.append(
                Lack(
                    self.env._(
                        "Add the file of: %s.",
                        format_list(self.env, without_file.mapped("name")),
                    ),
                    "document_ids",
                )
            )
        return problems

    # ------------------------------------------------------------
    # POLICY: WHICH PROCEDURE FOR WHICH AMOUNT
    # ------------------------------------------------------------

    @api.model
    def _get_estimate(self, requests, company):
        """Return what requests are estimated at, in the company's currency."""
        today = company._outsourcing_today()
        return sum(
            request.currency_id._convert(
                request.estimated_amount, company.currency_id, company, today
            )
            for request in requests
        )

    def _get_policy(self):
        """Return ``(estimate, needed procedure, is below)``; as published, once it is.

        The needed procedure is empty where only the limit of the own one is passed.
        """
        self.ensure_one()
        # sudo: members and requesters of one request may not read all of them.
        tender = self.sudo()
        none = self.env["outsourcing.procedure"]
        if tender.rules:
            rules = tender.rules
            is_below = bool(rules.get("is_below_policy"))
            return rules.get("estimated_amount") or 0.0, none, is_below
        amount = self._get_estimate(tender.request_ids, tender.company_id)
        if not tender.procedure_id:
            return amount, none, False
        needed, is_below = tender.procedure_id._get_needed(amount, tender.company_id)
        return amount, needed, is_below

    def _get_policy_notice(self, needed):
        """Say that the procedure means less competition than the policy asks for."""
        self.ensure_one()
        currency = self.company_id.currency_id
        amount = currency.format(self.estimated_amount)
        if needed:
            return self.env._(
                "The estimate is %(amount)s; from %(least)s on the policy is "
                '"%(procedure)s".',
                amount=amount,
                least=needed.currency_id.format(needed.amount_min),
                procedure=needed.name,
            )
        limit = self.procedure_id.currency_id
        if self.rules:
            # Rules of before name no currency: it was that of the company.
            limit = currency.browse(self.rules.get("range_currency_id")) or currency
        return self.env._(
            'The estimate is %(amount)s; "%(procedure)s" is for up to %(most)s.',
            amount=amount,
            procedure=self.procedure_id.name,
            most=limit.format(self._get_rule("amount_max") or 0.0),
        )

    def _get_policy_problems(self):
        """Return what a procedure without enough competition still lacks."""
        self.ensure_one()
        problems = []
        if self.is_below_policy and not (self.procedure_reason or "").strip():
            problems.append(
                Lack(
                    self.env._(
                        "%(notice)s Choose that procedure, or say why the lower one is "
                        "right; the manager group then reviews it too.",
                        notice=self.policy_notice,
                    ),
                    "procedure_reason",
                )
            )
        if self.method == "direct":
            missing = [
                name
                for name in ("direct_reason_id", "direct_evidence")
                if not self[name]
            ]
            if missing:
                problems.append(
                    Lack(
                        self.env._(
                            "A direct award needs: %s.",
                            format_list(
                                self.env,
                                [self._flow_field_label(name) for name in missing],
                            ),
                        ),
                        missing[0],
                    )
                )
        return problems

    def _get_guarantee_problems(self):
        """Return what is wrong with the bid guarantee, by the rule of the procedure."""
        self.ensure_one()
        percent = self._get_rule("bid_guarantee_percent")
        amount, currency = self.bid_guarantee_amount, self.currency_id
        if not percent:
            if amount:
                return [
                    Lack(
                        self.env._("The procedure asks for no bid guarantee."),
                        "bid_guarantee_amount",
                    )
                ]
            return []
        company = self.company_id
        most = company.currency_id._convert(
            self.estimated_amount * percent / 100,
            currency,
            company,
            company._outsourcing_today(),
        )
        if amount <= 0 or currency.compare_amounts(amount, most) > 0:
            return [
                Lack(
                    self.env._(
                        "Fill in the bid guarantee: at most %(most)s, which is "
                        "%(percent)s %% of the estimate.",
                        most=currency.format(most),
                        percent=percent,
                    ),
                    "bid_guarantee_amount",
                )
            ]
        return []

    def _raise_less_competition(self):
        """Tell HR of a direct award, and of a procedure below the policy."""
        Event = self.env["outsourcing.compliance.event"]
        for tender in self:
            day = tender.company_id._outsourcing_today()
            if tender.method == "direct":
                reason = tender.direct_reason_id
                note = f"{reason.code}: {reason.name}"
                Event._raise(
                    "direct_award", tender, note=note, date=day, user=self.env.user
                )
            elif tender.is_below_policy:
                note = f"{tender.policy_notice} {tender.procedure_reason}"
                Event._raise(
                    "below_policy", tender, note=note, date=day, user=self.env.user
                )

    def _raise_award_above(self):
        """Tell HR where the awarded amount asks for more competition than there was.

        The estimate of the requests decides the publication; what came out dearer is
        judged by the amount of the award, at the rate of the publication: a currency
        that moved meanwhile asks for no more competition.
        """
        Event = self.env["outsourcing.compliance.event"]
        # sudo: reviewers of an award need not read the other awards of a split one.
        for tender in self.sudo():
            company, currency = tender.company_id, tender.company_id.currency_id
            today = company._outsourcing_today()
            day = tender._get_publication_day()
            living = tender.award_ids.filtered(lambda award: award.state != "annulled")
            amount = tender.currency_id._convert(
                sum(living.mapped("amount_total")), currency, company, day
            )
            needed, is_below = tender.procedure_id._get_needed(amount, company, day)
            if not is_below or tender.is_below_policy:
                continue
            note = self.env._(
                "The award is %(amount)s, the estimate was %(estimate)s; "
                '"%(procedure)s" does not reach so far. What the policy asks for: '
                "%(needed)s.",
                amount=currency.format(amount),
                estimate=currency.format(tender.estimated_amount),
                procedure=tender.procedure_id.name,
                needed=needed.name or self.env._("a procedure with a higher limit"),
            )
            Event._raise(
                "below_policy", tender, note=note, date=today, user=self.env.user
            )

    def _get_publication_day(self):
        """Return the day whose rate holds for the range: that of the publication."""
        self.ensure_one()
        moment = self.publish_date or fields.Datetime.now()
        return self.company_id._outsourcing_date(moment)

    def _get_request_problems(self):
        self.ensure_one()
        if not self.request_ids:
            return [
                Lack(
                    self.env._("Choose the approved requests that it is for."),
                    "request_ids",
                )
            ]
        problems = []
        states = ["approved", "in_tender"]
        # The services for which nobody bid are repeated beside the others.
        before = self.previous_tender_id
        is_rest = before.state in ("awarded", "contracted")
        if is_rest:
            states.append("done")
        bad = self.request_ids.filtered(
            lambda request: not request.approved_date or request.state not in states
        )
        if bad:
            problems.append(
                Lack(
                    self.env._(
                        "Not approved by HR: %s.",
                        format_list(self.env, bad.mapped("display_name")),
                    ),
                    records=bad,
                )
            )
        rivals = self.search(
            [
                ("request_ids", "in", self.request_ids.ids),
                ("state", "not in", ("draft", "failed", "cancelled")),
                ("id", "!=", self.id),
            ]
        )
        if is_rest:
            rivals -= before
        if rivals:
            problems.append(
                Lack(
                    self.env._(
                        "The request is tendered already: %s.",
                        format_list(self.env, rivals.mapped("name")),
                    ),
                    records=rivals,
                )
            )
        return problems

    def _get_price_problems(self):
        self.ensure_one()
        price = self.reference_price_id
        if not price:
            return [
                Lack(
                    self.env._(
                        "Choose the reference price that the outsourcing department "
                        "set and finance approved."
                    ),
                    "reference_price_id",
                )
            ]
        problems = []
        if price.state != "approved" or not price.approved_date:
            text = self.env._(
                "Finance has not approved the reference price %s.", price.display_name
            )
            problems.append(Lack(text, records=price))
        if self.request_ids - price.request_ids:
            text = self.env._(
                "The reference price %s is not for all of the requests.",
                price.display_name,
            )
            problems.append(Lack(text, "reference_price_id", price))
        if price.currency_id != self.currency_id:
            text = self.env._(
                "Reference price and tender are in different currencies: %(price)s "
                "and %(tender)s.",
                price=price.currency_id.name,
                tender=self.currency_id.name,
            )
            problems.append(Lack(text, "reference_price_id", price))
        needed, found = self._get_rule("min_price_sources"), price._count_sources()
        if found < needed:
            text = self.env._(
                "The reference price %(price)s rests on %(found)s sources; the "
                "procedure asks for %(needed)s. The outsourcing department sets a "
                "new price with all of them.",
                price=price.display_name,
                found=found,
                needed=needed,
            )
            problems.append(Lack(text, records=price))
        before = self.previous_tender_id
        if before.reference_price_id == price and (
            before._get_priced_lines() != self._get_priced_lines()
        ):
            text = self.env._(
                "The reference price %(price)s was approved for the lines of "
                "%(tender)s, and this tender has others. Ask the outsourcing "
                "department for a new price, or repeat the lines.",
                price=price.display_name,
                tender=before.name,
            )
            problems.append(Lack(text, "reference_price_id", before))
        return problems

    def _get_priced_lines(self):
        """Return what a reference price is for: services, units and quantities."""
        return sorted(
            (line.product_id.id, line.product_uom_id.id, line.product_qty)
            for line in self.line_ids
        )

    def _get_calendar_problems(self):
        self.ensure_one()
        if not self.bid_deadline:
            return [Lack(self.env._("Fill in the bid deadline."), "bid_deadline")]
        days = self._get_rule("min_tendering_days")
        zone = self.company_id._outsourcing_zone()
        earliest = procedure.earliest_deadline(fields.Datetime.now(), days, zone)
        # Deadlines are typed to the minute.
        if self.bid_deadline < earliest.replace(second=0, microsecond=0):
            return [
                Lack(
                    self.env._(
                        "Bidders need %(days)s days: the bid deadline is "
                        "%(earliest)s or later.",
                        days=days,
                        earliest=self._format_moment(earliest),
                    ),
                    "bid_deadline",
                )
            ]
        return []

    def _get_committee_problems(self):
        """Return which rules the committee breaks, as sentences."""
        self.ensure_one()
        # sudo: the rule is about all members, also unread ones.
        tender = self.sudo()
        members = tender.committee_ids.filtered("is_voting")
        experts = members.filtered(lambda member: member.role == "expert")
        needed = tender._get_rule("committee_min")
        is_odd = tender._get_rule("committee_odd")
        share = tender._get_rule("expert_share_percent")
        texts = {
            "too_small": self.env._(
                "The committee has %(count)s voting members; the rule asks for "
                "%(needed)s.",
                count=len(members),
                needed=needed,
            ),
            "even": self.env._("The number of voting members must be odd."),
            "too_few_experts": self.env._(
                "Experts must make up %(share)s %% of the committee.", share=share
            ),
        }
        problems = [
            Lack(texts[code], "committee_ids")
            for code in procedure.committee_problems(
                len(members), len(experts), needed, is_odd, share
            )
        ]
        excluded = members.filtered("is_excluded")
        if excluded:
            problems.append(
                Lack(
                    self.env._(
                        "Asked for the service or set its price, and cannot judge: %s.",
                        format_list(self.env, excluded.mapped("partner_id.name")),
                    ),
                    "committee_ids",
                )
            )
        return problems

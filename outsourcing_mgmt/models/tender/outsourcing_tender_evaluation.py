from odoo import api, fields, models

from ...tools import evaluation
from ..base.outsourcing_grant import server_write
from ..request.outsourcing_reference_price import reveal
from .outsourcing_tender_flow import PROCUREMENT

RACING_STATES = ("opened", "qualified", "ranked")


class OutsourcingTender(models.Model):
    """Opening, scoring and ranking of the bids of a tender."""

    _inherit = "outsourcing.tender"

    score_ids = fields.One2many(
        comodel_name="outsourcing.score",
        inverse_name="tender_id",
        string="Scores",
        copy=False,
    )
    scoring_progress = fields.Float(
        compute="_compute_scoring_progress",
        compute_sudo=True,
        help="Share of the scores that are in.",
    )
    can_start_evaluation = fields.Boolean(compute="_compute_flow_can")
    can_open_prices = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("score_ids.state")
    def _compute_scoring_progress(self):
        total, done = {}, {}
        for tender, state, count in self.env["outsourcing.score"]._read_group(
            [("tender_id", "in", self.ids), ("member_id.is_voting", "=", True)],
            ["tender_id", "state"],
            ["__count"],
        ):
            total[tender.id] = total.get(tender.id, 0) + count
            if state == "submitted":
                done[tender.id] = count
        for tender in self:
            count = total.get(tender.id)
            tender.scoring_progress = (
                100 * done.get(tender.id, 0) / count if count else 0
            )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_start_evaluation(self):
        """Admit the opened bids and ask the committee for its scores."""
        return self._take_step("evaluation")

    def action_open_prices(self):
        """Open the price envelopes of the bids that passed (two envelopes)."""
        return self._take_step("price_opened")

    def action_view_scores(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "outsourcing_mgmt.outsourcing_score_action"
        )
        action["domain"] = [("tender_id", "=", self.id)]
        action["context"] = {"search_default_group_by_bid": True}
        return action

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_start_evaluation_reason(self):
        if not self._flow_user_in(PROCUREMENT):
            return dict.fromkeys(self.ids, self._get_procurement_only_reason())
        reasons = {}
        for tender in self:
            related = tender._get_related_members()
            if not tender._get_racing_bids():
                reasons[tender.id] = self.env._(
                    "every bid is disqualified: fail the tender."
                )
            elif related:
                reasons[tender.id] = self.env._(
                    "%s belongs to a bidder. Recuse the member first.",
                    ", ".join(related.mapped("partner_id.name")),
                )
        return reasons

    def _get_cannot_open_prices_reason(self):
        if not self._flow_user_in(PROCUREMENT):
            return dict.fromkeys(self.ids, self._get_procurement_only_reason())
        reasons = {}
        for tender in self:
            if tender.envelopes != "two":
                reasons[tender.id] = self.env._(
                    "with one envelope the prices were opened at the opening."
                )
            elif not tender.is_scoring_complete:
                reasons[tender.id] = tender._get_scoring_pending_reason()
            elif not tender._get_racing_bids():
                reasons[tender.id] = self.env._(
                    "every bid is disqualified: fail the tender."
                )
        return reasons

    def _get_scoring_pending_reason(self):
        self.ensure_one()
        # Who is late may be said; what he gave may not.
        late = self.sudo()._get_pending_scores().member_id.partner_id.mapped("name")
        return self.env._(
            "scores are missing from %s.", ", ".join(late) or self.env._("nobody yet")
        )

    # ------------------------------------------------------------
    # SIDE EFFECTS
    # ------------------------------------------------------------

    def _enter_evaluation(self, origins):
        fresh = self.filtered(lambda tender: origins[tender.id] == "opened")
        for tender in fresh:
            # sudo: nobody has write access to bids; only the procedure writes them.
            server_write(tender._get_racing_bids().sudo(), {"state": "qualified"})
            members = tender.sudo().committee_ids
            members._create_scores()
        fresh._refresh_scoring()

    def _enter_price_opened(self, origins):
        fresh = self.filtered(lambda tender: origins[tender.id] == "evaluation")
        fresh._open_prices()
        for tender in fresh:
            tender._rank()

    # ------------------------------------------------------------
    # OPENING
    # ------------------------------------------------------------

    def _open_technical(self):
        for tender in self:
            # Nobody reads a sealed bid; the opening itself crosses the seal.
            tender.sudo().bid_ids._open_envelope("technical")

    def _open_prices(self):
        """Open the prices, reveal the reference price, make the quotations."""
        for tender in self:
            # sudo: the secret belongs to its author and finance until this moment.
            price = tender.reference_price_id.sudo()
            reveal(price)
            server_write(
                tender,
                {
                    "is_price_opened": True,
                    "price_opened_date": fields.Datetime.now(),
                    "price_opened_by_id": self.env.uid,
                    "reference_amount": price.revealed_amount,
                },
            )
            tender.sudo().bid_ids._open_envelope("price")
            tender._reject_over_ceiling()
            tender._flag_abnormally_low()
            tender._create_quotations()
            tender._audit(
                "open_prices",
                {
                    "reference_amount": tender.reference_amount,
                    "commitment": price.commitment,
                    "bids": {
                        str(bid.id): bid.amount_total
                        for bid in tender._get_racing_bids()
                    },
                },
            )

    def _reject_over_ceiling(self):
        self.ensure_one()
        if not self.has_price_ceiling or not self.reference_amount:
            return
        over = self._get_racing_bids().filtered(
            lambda bid: (
                self.currency_id.compare_amounts(
                    bid.amount_total, self.reference_amount
                )
                > 0
            )
        )
        over._disqualify(self.env._("The price is above the reference price."))

    def _flag_abnormally_low(self):
        self.ensure_one()
        bids = self._get_racing_bids()
        low = evaluation.abnormally_low(
            {bid.id: bid.amount_total for bid in bids},
            self._get_rule("abnormally_low_mean_percent"),
            self._get_rule("abnormally_low_next_percent"),
        )
        for bid in bids:
            # sudo: nobody has write access to bids; only the procedure writes them.
            server_write(bid.sudo(), {"is_abnormally_low": bid.id in low})

    # ------------------------------------------------------------
    # SCORING AND RANKING
    # ------------------------------------------------------------

    def _get_racing_bids(self):
        """Return the opened bids that may still win, with sudo.

        :rtype: outsourcing.bid
        """
        # The steps of the procedure act on bids that the actor need not read.
        return self.sudo().bid_ids.filtered(lambda bid: bid.state in RACING_STATES)

    def _get_related_members(self):
        """Return voting members who belong to the company of a bidder."""
        members = self.sudo().committee_ids.filtered("is_voting")
        bidders = self._get_racing_bids().partner_id.commercial_partner_id
        return members.filtered(
            lambda member: (
                member.partner_id.commercial_partner_id & bidders
                and not member.employee_id
            )
        )

    def _get_valid_scores(self):
        """Return the scores that count: voting members, bids not excluded."""
        self.ensure_one()
        # The comparison stays readable after the order: winner and losers too.
        bids = self.sudo().bid_ids.filtered(
            lambda bid: bid.state in (*RACING_STATES, "won", "lost")
        )
        return self.sudo().score_ids.filtered(
            lambda score: score.member_id.is_voting and score.bid_id in bids
        )

    def _get_pending_scores(self):
        return self._get_valid_scores().filtered(lambda score: score.state == "draft")

    def _is_fully_scored(self):
        """Whether every bid has all its scores, at least one per criterion."""
        self.ensure_one()
        scores = self._get_valid_scores()
        if any(score.state == "draft" for score in scores):
            return False
        given = {(score.bid_id, score.criterion_id) for score in scores}
        return all(
            (bid, criterion) in given
            for bid in self._get_racing_bids()
            for criterion in self._get_scored_criteria()
        )

    def _refresh_scoring(self):
        """Show the scores once all are in, and rank."""
        for tender in self.sudo():
            complete = tender.state == "evaluation" and tender._is_fully_scored()
            if complete != tender.is_scoring_complete:
                server_write(tender, {"is_scoring_complete": complete})
            if complete:
                tender._finish_activities("mail_activity_type_tender_score")
                tender._audit("scoring_complete")
                tender._rank()

    def _rank(self):
        """Exclude bids that fail a criterion, then score and rank the others."""
        self.ensure_one()
        for bid, reason in self._get_failures():
            bid._disqualify(reason)
        bids = self._get_racing_bids()
        results = self._evaluate(bids)
        ranked = dict(
            evaluation.rank(
                [(bid.id, sum(results[bid]), bid.amount_total) for bid in bids]
            )
        )
        for bid in bids:
            technical, price = results[bid]
            vals = {"technical_score": float(evaluation.round_points(technical))}
            if self.is_price_opened:
                vals |= {
                    "price_score": float(evaluation.round_points(price)),
                    "total_score": float(evaluation.round_points(technical + price)),
                    "rank": ranked[bid.id],
                }
                if bid.state == "qualified":
                    vals["state"] = "ranked"
            # sudo: nobody has write access to bids; only the procedure writes them.
            server_write(bid.sudo(), vals)

    def _get_failures(self):
        """Return ``[(bid, reason)]`` for bids under a limit of a criterion."""
        failures = []
        means = self._get_means()
        for bid in self._get_racing_bids():
            for criterion in self._get_scored_criteria():
                mean = means.get((bid, criterion))
                if mean is None:
                    continue
                if criterion.kind == "pass_fail" and mean <= 0.5:
                    reason = self.env._("Did not pass: %s.", criterion.name)
                elif criterion.kind == "scored" and mean < evaluation.to_decimal(
                    criterion.min_points
                ):
                    reason = self.env._(
                        "Under the least points of %(least)s: %(criterion)s.",
                        least=criterion.min_points,
                        criterion=criterion.name,
                    )
                else:
                    continue
                failures.append((bid, reason))
                break
        return failures

    def _get_means(self):
        """Return ``{(bid, criterion): mean points}``; a pass counts one."""
        values = {}
        for score in self._get_valid_scores():
            if score.kind == "pass_fail":
                value = 1 if score.verdict == "pass" else 0
            else:
                value = score.value
            values.setdefault((score.bid_id, score.criterion_id), []).append(value)
        return {key: evaluation.mean(points) for key, points in values.items()}

    def _evaluate(self, bids):
        """Return ``{bid: (technical part, price part)}`` of a total of 100."""
        means = self._get_means()
        lowest = min(bids.mapped("amount_total"), default=0)
        results = {}
        for bid in bids:
            parts = {"scored": evaluation.to_decimal(0), "price": 0}
            for criterion in self.criterion_ids:
                if criterion.kind == "scored":
                    points = means.get((bid, criterion), 0)
                elif criterion.kind == "price" and self.is_price_opened:
                    points = evaluation.price_points(
                        bid.amount_total,
                        lowest,
                        criterion.max_points,
                        criterion.price_formula,
                        self.reference_amount,
                    )
                else:
                    continue
                parts[criterion.kind] += evaluation.weighted(
                    points, criterion.max_points, criterion.weight
                )
            results[bid] = (parts["scored"], evaluation.to_decimal(parts["price"]))
        return results

    def _get_committee_excluded_partners(self):
        """Return the people who may not judge: requesters, author of the price.

        :rtype: res.partner
        """
        tender = self.sudo()
        requests = tender.request_ids
        users = (
            requests.create_uid
            | requests.submitted_by_id
            | requests.employee_id.user_id
            | tender.reference_price_id.author_id
            | tender.reference_price_id.content_editor_id
        )
        return users.partner_id | requests.employee_id.work_contact_id

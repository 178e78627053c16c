import secrets

from odoo import fields, models
from odoo.tools import format_list

from ...tools import evaluation, recompute
from ...tools.lack import join
from ...tools.one_record import check_one
from ..award.outsourcing_award import propose_award
from ..award.purchase_order import (
    UNCONFIRMED,
    cancel_quotations,
    confirm_order,
    create_quotations,
    cut_to_award,
)
from ..base.grants import server_write
from ..bid.outsourcing_bid_envelope import REMAINING_STATES, open_bids
from ..evaluation.hint_search import search_hints, trigger_search
from ..evaluation.moderation import moderate
from ..messages.telling import find_users
from ..request.outsourcing_reference_price import reveal
from ..vendor.listed import find_entries_of, is_held
from .outsourcing_opening_record import record_opening

SCORED_TYPE = "mail_activity_type_tender_scored"


class OutsourcingTender(models.Model):
    """From the opened bids to the order: scores, prices, ranking, award, order."""

    _inherit = "outsourcing.tender"

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
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "outsourcing_mgmt.outsourcing_score_action"
        )
        action["domain"] = [("tender_id", "=", self.id)]
        action["context"] = {
            "search_default_group_by_bid": True,
            "search_default_counting": True,
        }
        return action

    def action_propose_award(self):
        """Make the award to the first-ranked bid, with the evaluation report.

        Of each line, where the tender is awarded by line.
        """
        self._take_step("award_proposed")
        return self.action_view_award() if len(self) == 1 else True

    def action_confirm_order(self):
        """Confirm the winner's order and cancel the others, the native way.

        The order may end as "to approve" where the company asks purchase
        managers for a second validation.
        """
        self._flow_check_can("confirm_order")
        for tender in self:
            orders = tender._get_winning_orders()
            winners = orders.outsourcing_bid_id
            losers = tender._get_remaining_bids() - winners
            cancel_quotations(losers.purchase_order_id)
            server_write(losers, {"state": "lost"})
            # sudo: nobody has write access to bids; the procedure writes them.
            ranked = winners.sudo().filtered(lambda bid: bid.state == "ranked")
            server_write(ranked, {"state": "won"})
            for order in orders.filtered(lambda item: item.state in UNCONFIRMED):
                cut_to_award(order)
                tender._audit(
                    "confirm_order",
                    {
                        "order": order.name,
                        "amount": order.amount_untaxed,
                        "bid": order.outsourcing_bid_id.id,
                    },
                )
                confirm_order(order)
        return True

    def action_view_award(self):
        """Open the award, or the awards of a tender that is awarded by line."""
        check_one(self)
        self.check_access("read")
        awards = self._get_living_awards()
        if len(awards) < 2:
            return awards._get_form_action()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "outsourcing_mgmt.outsourcing_award_action"
        )
        return {**action, "domain": [("id", "in", awards.ids)], "context": {}}

    def action_view_orders(self):
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("purchase.purchase_rfq")
        action["domain"] = [("outsourcing_tender_id", "=", self.id)]
        action["context"] = {"create": False}
        return action

    def action_compare_orders(self):
        """Open Odoo's comparison of alternatives, line by line."""
        check_one(self)
        self.check_access("read")
        return self.purchase_order_ids[:1].action_compare_alternative_lines()

    # ------------------------------------------------------------
    # RULES
    # ------------------------------------------------------------

    def _get_cannot_start_evaluation_reason(self):
        reasons = {}
        for tender in self:
            related = tender._get_related_members()
            if not tender._get_remaining_bids():
                reasons[tender.id] = self.env._(
                    "every bid is disqualified: fail the tender."
                )
            elif related:
                reasons[tender.id] = self.env._(
                    "%s belongs to a bidder. Recuse the member first.",
                    format_list(self.env, related.mapped("partner_id.name")),
                )
            elif unsecured := tender._get_unsecured_bids():
                reasons[tender.id] = self.env._(
                    "no bid guarantee is noted for: %s. Note it on the bid, or "
                    "disqualify the bid.",
                    format_list(self.env, unsecured.partner_id.mapped("display_name")),
                )
        return reasons

    def _get_cannot_open_prices_reason(self):
        reasons = {}
        for tender in self:
            if tender.envelopes != "two":
                reasons[tender.id] = self.env._(
                    "with one envelope the prices were opened at the opening."
                )
            elif tender.is_price_opened and not tender._get_unpriced_bids():
                reasons[tender.id] = self.env._("the prices are open already.")
            elif not tender.is_scoring_complete:
                reasons[tender.id] = tender._get_scoring_pending_reason()
            elif not tender._get_remaining_bids():
                reasons[tender.id] = self.env._(
                    "every bid is disqualified: fail the tender."
                )
            elif problem := tender._get_quorum_problem():
                reasons[tender.id] = join([problem])
        return reasons

    def _awaits_price_opening(self):
        """Whether the prices may be opened as soon as the committee is present."""
        self.ensure_one()
        return bool(
            self.envelopes == "two"
            and self.state == "evaluation"
            and self.is_scoring_complete
            and self._get_unpriced_bids()
        )

    def _get_scoring_pending_reason(self):
        self.ensure_one()
        if problems := self._get_committee_problems():
            return "\n".join(problems)
        waiting = self._get_waiting_scores()
        if waiting and not self._get_pending_scores():
            return self.env._(
                "%s has given points that lie far from those of the others, and "
                "explains them or scores again first.",
                format_list(self.env, waiting.member_id.partner_id.mapped("name")),
            )
        # Who is late may be said; the points of the others may not.
        late = self._get_pending_scores().member_id.partner_id.mapped("name")
        return self.env._(
            "scores are missing from %s.",
            format_list(self.env, late) or self.env._("nobody yet"),
        )

    def _get_cannot_propose_award_reason(self):
        reasons = {}
        for tender in self:
            if not tender.is_scoring_complete:
                reasons[tender.id] = tender._get_scoring_pending_reason()
            elif not tender.is_price_opened or tender._get_unpriced_bids():
                reasons[tender.id] = self.env._("open the prices first.")
            elif not tender._get_remaining_bids():
                reasons[tender.id] = self.env._(
                    "every bid is disqualified: fail the tender."
                )
            elif problems := tender._get_committee_problems():
                reasons[tender.id] = "\n".join(problems)
            elif problem := tender._get_best_offers_problem():
                reasons[tender.id] = problem
        return reasons

    def _get_listed_winner_text(self):
        """Say that a bid that ranks first is of a vendor on the blacklist, or nothing.

        An award to it would be refused at every step.
        """
        self.ensure_one()
        bids = self._get_remaining_bids()
        first = bids.filtered(
            lambda bid: bid.rank == 1 or 1 in bid.line_ids.mapped("rank")
        )
        entries = find_entries_of(first)
        held = first.filtered(
            lambda bid: bid.id in entries and is_held(entries[bid.id])
        )
        if held:
            return self.env._(
                "%s ranks first and may be the same as a vendor on the blacklist. "
                "Propose it for the list as well, and let somebody else decide; where "
                "they are two vendors, propose the award.",
                format_list(self.env, held.partner_id.mapped("display_name")),
            )
        listed = first.browse(entries)
        if not listed:
            return ""
        return self.env._(
            "%s ranks first and is on the blacklist: nothing can be awarded there. "
            "Disqualify the bid with the reason, the next one moves up, and propose "
            "the award.",
            format_list(self.env, listed.partner_id.mapped("display_name")),
        )

    def _get_best_offers_problem(self):
        """Say that the best bids for all services together pass the ceiling.

        Where bids may be for some services, no single total can be judged.
        """
        self.ensure_one()
        limit = self.reference_amount
        if not (self._takes_partial_bids() and self.has_price_ceiling and limit):
            return ""
        best = self._get_remaining_bids().line_ids.filtered(lambda row: row.rank == 1)
        amount = sum(best.mapped("price_subtotal"))
        if self.currency_id.compare_amounts(amount, limit) <= 0:
            return ""
        return self.env._(
            "the best bids for the services cost %(amount)s together, which is above "
            "the reference price of %(limit)s: fail the tender.",
            amount=self.currency_id.format(amount),
            limit=self.currency_id.format(limit),
        )

    def _get_cannot_confirm_order_reason(self):
        reasons = {}
        for tender in self:
            orders = tender._get_winning_orders()
            order = orders[:1]
            if tender.state not in ("awarded", "contracted"):
                reasons[tender.id] = self.env._("its award is not final.")
            elif not order:
                reasons[tender.id] = self.env._("the winner has no quotation.")
            elif all(item.state not in UNCONFIRMED for item in orders):
                reasons[tender.id] = self.env._(
                    'the order %(order)s is "%(state)s" already.',
                    order=order.name,
                    state=dict(order._fields["state"]._description_selection(self.env))[
                        order.state
                    ],
                )
        return reasons

    # ------------------------------------------------------------
    # HOOKS OF THE FLOW
    # ------------------------------------------------------------

    def _on_enter_evaluation(self, origins):
        """Admit the opened bids and ask for scores; not after an annulled award."""
        fresh = self.filtered(lambda tender: origins[tender.id] == "opened")
        for tender in fresh:
            server_write(tender._get_remaining_bids(), {"state": "qualified"})
            # sudo: nobody has rights to create scores; the procedure makes them.
            tender.sudo().committee_ids._create_scores()
        fresh._refresh_scoring()

    def _on_enter_price_opened(self, origins):
        """Open the prices; not again after an annulled award."""
        fresh = self.filtered(lambda tender: origins[tender.id] == "evaluation")
        self._finish_activities(SCORED_TYPE)
        for tender in fresh:
            record_opening(tender, "prices", before=[tender._open_prices()])
            tender._rank()
        trigger_search(self.env)

    def _on_enter_award_proposed(self, origins):
        self._finish_activities(SCORED_TYPE)
        for tender in self:
            search_hints(tender)
            tender._rank()
            if missing := tender._get_unoffered_lines():
                tender._audit("no_offer", {"services": missing.mapped("name")})
            propose_award(tender, tender._get_remaining_bids())

    def _on_enter_awarded(self, origins):
        for tender in self:
            tender._plan_activity(
                "mail_activity_type_tender_order", tender.user_id, None
            )

    def _on_enter_contracted(self, origins):
        self._finish_activities("mail_activity_type_tender_order")
        for tender in self.filtered("is_contract_due"):
            tender._plan_activity(
                "mail_activity_type_tender_contract", tender.user_id, None
            )

    # ------------------------------------------------------------
    # PRICES
    # ------------------------------------------------------------

    def _open_prices(self, stamps=None):
        """Open the prices, reveal the reference price, make the quotations.

        Called again, it opens the prices of bids that were admitted later.

        :param dict stamps: what the opening of the bids, in the same act, sets
        :return: the step for the log, which :func:`record_opening` records
        """
        self.ensure_one()
        stamps = dict(stamps or {})
        # sudo: the secret belongs to its author and finance until this moment.
        price = self.reference_price_id.sudo()
        if not self.is_price_opened:
            reveal(price)
            stamps |= {
                "is_price_opened": True,
                "price_opened_date": fields.Datetime.now(),
                "price_opened_by_id": self.env.uid,
                "reference_amount": price.revealed_amount,
            }
        if stamps:
            server_write(self, stamps)
        # sudo: the opening opens bids that whoever opens need not read.
        open_bids(self.sudo().bid_ids, "price")
        self._reject_over_ceiling()
        bids = self._get_remaining_bids()
        self._flag_abnormally_low(bids)
        create_quotations(self, bids.filtered(lambda bid: not bid.purchase_order_id))
        details = {
            "reference_amount": self.reference_amount,
            "commitment": price.commitment,
            "bids": {str(bid.id): bid.amount_total for bid in bids},
        }
        return self, "open_prices", details

    def _reject_over_ceiling(self):
        self.ensure_one()
        if not self.has_price_ceiling or not self.reference_amount:
            return
        if self._takes_partial_bids():
            # Judged when the award is proposed, on the best of all services.
            return
        over = self._get_remaining_bids().filtered(
            lambda bid: (
                self.currency_id.compare_amounts(
                    bid.amount_total, self.reference_amount
                )
                > 0
            )
        )
        if over:
            reason = self.env._("The price is above the reference price.")
            _disqualify(over, reason, {"rule": recompute.CEILING})

    def _flag_abnormally_low(self, bids):
        """Flag prices far under the others; of each service that is awarded alone."""
        self.ensure_one()
        limits = (
            self._get_rule("abnormally_low_mean_percent"),
            self._get_rule("abnormally_low_next_percent"),
        )
        if self.award_by_line:
            low = set()
            for rows in bids._get_offers().grouped("tender_line_id").values():
                prices = {row.id: row.price_subtotal for row in rows}
                low |= evaluation.abnormally_low(prices, *limits)
            rows = bids.line_ids.filtered(lambda row: row.id in low)
            server_write(rows, {"is_abnormally_low": True})
            others = (bids.line_ids - rows).filtered("is_abnormally_low")
            server_write(others, {"is_abnormally_low": False})
            flagged = rows.bid_id
        else:
            low = evaluation.abnormally_low(
                {bid.id: bid.amount_total for bid in bids}, *limits
            )
            flagged = bids.filtered(lambda bid: bid.id in low)
        others = (bids - flagged).filtered("is_abnormally_low")
        if flagged:
            server_write(flagged, {"is_abnormally_low": True})
        if others:
            server_write(others, {"is_abnormally_low": False})

    # ------------------------------------------------------------
    # SCORES AND RANKING
    # ------------------------------------------------------------

    def _get_remaining_bids(self):
        """Return the opened bids that may still win, with sudo.

        :rtype: outsourcing.bid
        """
        # sudo: the steps of the procedure act on bids that the actor need not read.
        return self.sudo().bid_ids.filtered(lambda bid: bid.state in REMAINING_STATES)

    def _get_unoffered_lines(self):
        """Return the services for which no bid that may win, or won, has a price."""
        self.ensure_one()
        if not (self.award_by_line and self.is_price_opened):
            return self.line_ids.browse()
        # sudo: that nobody bids for a service is told to whoever reads the tender.
        bids = self.sudo().bid_ids.filtered(
            lambda bid: bid.state in (*REMAINING_STATES, "won", "lost")
        )
        offered = set(bids._get_offers().tender_line_id.ids)
        return self.line_ids.filtered(lambda line: line.id not in offered)

    def _get_unpriced_bids(self):
        """Return the bids that may still win and whose prices are closed."""
        return self._get_remaining_bids().filtered(lambda bid: not bid.price_opened_at)

    def _get_unsecured_bids(self):
        """Return the bids that lack the bid guarantee that the notice asks for."""
        if not self.bid_guarantee_amount:
            return self.env["outsourcing.bid"]
        return self._get_remaining_bids().filtered(
            lambda bid: not bid.guarantee_received_on
        )

    def _get_related_members(self):
        """Return voting members who belong to the company of a bidder."""
        # sudo: the rule is about all members, also unread ones.
        members = self.sudo().committee_ids.filtered("is_voting")
        bidders = self._get_remaining_bids().partner_id.commercial_partner_id
        return members.filtered(
            lambda member: (
                member.partner_id.commercial_partner_id & bidders
                and not member.employee_id
            )
        )

    def _get_valid_scores(self):
        """Return the scores that count: voting members, bids not excluded."""
        self.ensure_one()
        # sudo: scores are counted and averaged for those who may not read single ones.
        tender = self.sudo()
        # The comparison stays readable after the order: winner and losers too.
        bids = tender.bid_ids.filtered(
            lambda bid: bid.state in (*REMAINING_STATES, "won", "lost")
        )
        voting = tender.committee_ids.filtered("is_voting")
        bid_ids, member_ids = set(bids.ids), set(voting.ids)
        return tender.score_ids.filtered(
            lambda score: (
                score.member_id.id in member_ids
                and score.bid_id.id in bid_ids
                and not score.struck_date
            )
        )

    def _get_pending_scores(self):
        return self._get_valid_scores().filtered(lambda score: score.state == "draft")

    def _get_waiting_scores(self):
        """Return the scores for which a member still has to do something."""
        return self._get_valid_scores().filtered(
            lambda score: score.state == "draft" or score.is_outlier_open
        )

    def _is_fully_scored(self):
        """Whether every bid has all its scores, at least one per criterion."""
        self.ensure_one()
        scores = self._get_valid_scores()
        if any(score.state == "draft" for score in scores):
            return False
        given = {(score.bid_id, score.criterion_id) for score in scores}
        return all(
            (bid, criterion) in given
            for bid in self._get_remaining_bids()
            for criterion in self._get_scored_criteria()
        )

    def _refresh_scoring(self):
        """Show the scores once all are in, and rank."""
        # sudo: the member who hands in the last score has no rights on the tender.
        for tender in self.sudo():
            complete = (
                tender.state == "evaluation"
                and tender._is_fully_scored()
                # Whoever is appointed in place of a member scores first, unseen.
                and not tender._get_committee_problems()
                # Points far from the others are explained or given again before.
                and not moderate(tender)
            )
            if complete != tender.is_scoring_complete:
                server_write(tender, {"is_scoring_complete": complete})
                tender.committee_ids._call_to_prices()
            if complete:
                tender._finish_activities("mail_activity_type_tender_score")
                tender._audit("scoring_complete")
                tender._rank()
                tender._plan_activity(
                    SCORED_TYPE, find_users(tender, "procurement")[:1], None
                )

    def _rank(self):
        """Exclude bids that fail a criterion, then score and rank the others."""
        self.ensure_one()
        means, counting = self._get_means(), self._get_valid_scores()
        for bid, reason in self._get_failures(means):
            scores = counting.filtered(lambda row, bid=bid: row.bid_id == bid)
            basis = {"rule": recompute.CRITERION, "scores": scores.ids}
            _disqualify(bid, reason, basis)
        bids = self._get_remaining_bids()
        results = self._evaluate(bids, means)
        ranked = dict(self._get_ranks(bids, results))
        for bid in bids:
            technical, price = results[bid]
            vals = {"technical_score": float(evaluation.round_points(technical))}
            # Totals of bids for different services cannot be compared.
            if self.is_price_opened and not self._takes_partial_bids():
                vals |= {
                    "price_score": float(evaluation.round_points(price)),
                    "total_score": float(evaluation.round_points(technical + price)),
                    "rank": ranked[bid.id],
                }
            server_write(bid, vals)
        if self.is_price_opened:
            fresh = bids.filtered(lambda bid: bid.state == "qualified")
            server_write(fresh, {"state": "ranked"})
        if self.award_by_line and self.is_price_opened:
            self._rank_lines(bids, {bid: results[bid][0] for bid in bids})

    def _rank_lines(self, bids, technical):
        """Rank the bids for each line: its price in place of the whole one.

        :param dict technical: ``{bid: technical part}`` of a total of 100
        """
        price = self.criterion_ids.filtered(lambda item: item.kind == "price")
        for rows in bids._get_offers().grouped("tender_line_id").values():
            lowest = min(rows.mapped("price_subtotal"))
            totals = {}
            for row in rows:
                points = evaluation.price_points(
                    row.price_subtotal, lowest, price.max_points, price.price_formula
                )
                totals[row] = technical[row.bid_id] + evaluation.weighted(
                    points, price.max_points, price.weight
                )
            ranked = self._break_ties(
                evaluation.rank(
                    [(row.id, totals[row], row.price_subtotal) for row in rows]
                ),
                {row.id: technical[row.bid_id] for row in rows},
                {row.id: row.bid_id.sha256 for row in rows},
            )
            places = {item.key: item.rank for item in ranked}
            for row in rows:
                total = float(evaluation.round_points(totals[row]))
                server_write(row, {"rank": places[row.id], "total_score": total})

    def _get_ranks(self, bids, results):
        """Return ``[(bid id, rank)]``, ties broken by the declared rule.

        The higher total, the lower price, the higher technical score, then a lot: it is
        drawn once for the tender, and its seed is in the chain of the tender.
        """
        ranked = evaluation.rank(
            [(bid.id, sum(results[bid]), bid.amount_total) for bid in bids]
        )
        if not self.is_price_opened:
            return ranked
        return self._break_ties(
            ranked,
            {bid.id: results[bid][0] for bid in bids},
            {bid.id: bid.sha256 for bid in bids},
        )

    def _break_ties(self, ranked, technical, tickets):
        """Return ``ranked`` without shared ranks; draw the lot if there are some."""
        if len({row.rank for row in ranked}) == len(ranked):
            return ranked
        if not self.lot_seed:
            server_write(self, {"lot_seed": secrets.token_hex(16)})
            self._audit("draw_lot", {"seed": self.lot_seed, "tickets": tickets})
        return evaluation.break_ties(ranked, technical, self.lot_seed, tickets)

    def _get_failures(self, means):
        """Return ``[(bid, reason)]`` for bids under a limit of a criterion."""
        failures = []
        for bid in self._get_remaining_bids():
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

    def _evaluate(self, bids, means):
        """Return ``{bid: (technical part, price part)}`` of a total of 100.

        :param dict means: of :meth:`_get_means`
        """
        lowest = min(bids.mapped("amount_total"), default=0)
        results = {}
        for bid in bids:
            parts = {"scored": evaluation.to_decimal(0), "price": 0}
            for criterion in self.criterion_ids:
                if criterion.kind == "scored":
                    points = means.get((bid, criterion), 0)
                elif criterion.kind == "record":
                    points = self._get_record_points(bid, criterion)
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
                part = "price" if criterion.kind == "price" else "scored"
                parts[part] += evaluation.weighted(
                    points, criterion.max_points, criterion.weight
                )
            results[bid] = (parts["scored"], evaluation.to_decimal(parts["price"]))
        return results

    def _get_record_points(self, bid, criterion):
        """Return the points for the past quality of a bidder, as frozen."""
        # sudo: the points are computed for whoever takes the step.
        known = self.sudo().past_quality or {}
        vendor = bid.partner_id.commercial_partner_id
        return evaluation.record_points(
            known.get(str(vendor.id)), criterion.max_points, criterion.no_record_percent
        )

    # ------------------------------------------------------------
    # ORDER
    # ------------------------------------------------------------

    def _get_winning_orders(self):
        """Return the orders of the bids whose awards are final.

        :rtype: purchase.order (empty when there is none)
        """
        self.ensure_one()
        awards = self.award_ids.filtered(lambda award: award.state == "final")
        return awards.bid_id.purchase_order_id

    def _get_living_awards(self):
        """Return the awards that are not annulled; several where awarded by line."""
        return self.award_ids.filtered(lambda award: award.state != "annulled")


def _disqualify(bids, reason, basis):
    """Exclude bids by a rule of the procedure itself.

    :param bids: outsourcing.bid, with sudo
    :param dict basis: the rule, and the ids of the scores that it judged
    """
    server_write(
        bids,
        {
            "state": "disqualified",
            "disqualification_reason": reason,
            "disqualification_basis": basis,
        },
    )

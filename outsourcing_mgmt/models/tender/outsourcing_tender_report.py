from odoo import api, models
from odoo.tools import formatLang

from ..base.groups import MANAGER, OFFICER, PROCUREMENT
from .evaluation_bundle import get_bundle

PHASES = {
    "draft": "file",
    **dict.fromkeys(("published", "closed"), "bidding"),
    **dict.fromkeys(("opened", "evaluation", "price_opened"), "evaluation"),
    **dict.fromkeys(("award_proposed", "standstill"), "award"),
    **dict.fromkeys(("awarded", "contracted"), "contract"),
    **dict.fromkeys(("failed", "cancelled"), "ended"),
}
"""What the status bar shows of the states."""


class OutsourcingTender(models.Model):
    """What a tender shows: the next step, the comparison, its documents."""

    _inherit = "outsourcing.tender"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state")
    def _compute_phase(self):
        for tender in self:
            tender.phase = PHASES[tender.state]

    @api.depends("state", "is_scoring_complete", "bid_ids.state", "bid_ids.rank")
    @api.depends_context("uid", "lang")
    def _compute_comparison(self):
        for tender in self:
            tender.comparison = tender.is_opened and self.env["ir.qweb"]._render(
                "outsourcing_mgmt.evaluation_comparison",
                tender._prepare_report_values(),
            )

    @api.depends("state", "is_scoring_complete", "few_bids_date", "bid_deadline")
    @api.depends("committee_ids.conflict_state", "committee_ids.state")
    @api.depends_context("uid", "lang")
    def _compute_next_step(self):
        steps = self._get_next_steps()
        # Others read what is next; the reasons speak to those who act.
        acting = self._flow_user_in(PROCUREMENT, OFFICER, MANAGER)
        for tender in self:
            text, verb, actor = steps.get(tender.state, ("", None, None))
            is_two = tender.envelopes == "two" and not tender.is_price_opened
            if tender.state == "evaluation" and is_two:
                text, verb, actor = steps["evaluation_two"]
            elif tender.state == "evaluation" and tender.is_scoring_complete:
                text, verb, actor = steps["price_opened"]
            tender.next_step = text
            # sudo: members do not read the award, only what it waits for.
            record = tender if actor is None else tender.sudo()[actor]
            asked = acting and verb and record
            reasons = record._flow_get_reasons(verb) if asked else {}
            tender.blocked_reason = reasons.get(record.id, "")

    @api.depends("committee_ids.state", "committee_ids.conflict_state")
    @api.depends_context("uid")
    def _compute_my_member(self):
        mine = self.env["outsourcing.committee.member"].search(
            [
                ("tender_id", "in", self.ids),
                ("user_id", "=", self.env.uid),
                ("state", "=", "appointed"),
            ]
        )
        owed = {
            tender.id: count
            for tender, count in self.env["outsourcing.score"]._read_group(
                [
                    ("tender_id", "in", self.ids),
                    ("user_id", "=", self.env.uid),
                    ("state", "=", "draft"),
                ],
                ["tender_id"],
                ["__count"],
            )
        }
        for tender in self:
            member = mine.filtered(lambda item, tender=tender: item.tender_id == tender)
            tender.my_member_id = member[:1]
            tender.my_can_declare = member[:1].conflict_state == "none"
            tender.my_can_attend = member[:1].can_attend
            tender.my_score_count = owed.get(tender.id, 0)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_declare_clear(self):
        """Declare for oneself, from the tender, that there is no conflict."""
        return self.my_member_id.action_declare(has_conflict=False)

    def action_declare_conflict(self):
        """Declare for oneself, from the tender, that there is a conflict."""
        return self.my_member_id.action_declare(has_conflict=True)

    def get_evaluation_bundle(self):
        """Return rules, bids, scores and ranking as one document with its SHA-256.

        ``tools/recompute.py`` re-computes the ranking from it without Odoo.
        """
        return get_bundle(self)

    def action_export_evaluation(self):
        """Download the document from which a script re-computes the ranking."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/outsourcing/tender/{self.id}/evaluation.json",
            "target": "download",
        }

    def action_confirm_presence(self):
        """Confirm for oneself, from the tender, to be present at its opening."""
        return self.my_member_id.action_attend()

    def action_view_my_scores(self):
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "outsourcing_mgmt.outsourcing_score_my_action"
        )
        action["domain"] = [
            ("tender_id", "=", self.id),
            ("user_id", "=", self.env.uid),
        ]
        action["context"] = {"search_default_group_by_bid": True}
        return action

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_next_steps(self):
        """Return ``{state: (what is next, verb, field of the acting record)}``."""
        return {
            "draft": (
                self.env._(
                    "Complete the file, have it signed off by an officer, publish it."
                ),
                "publish",
                None,
            ),
            "published": (
                self.env._("Vendors bid. The tender closes by itself at the deadline."),
                "close",
                None,
            ),
            "closed": (
                self.env._("Open the bids before the committee."),
                "open",
                None,
            ),
            "opened": (
                self.env._(
                    "Check the bids, disqualify what is not in order, start the "
                    "evaluation."
                ),
                "start_evaluation",
                None,
            ),
            "evaluation": (
                self.env._("The committee scores; then propose the award."),
                "propose_award",
                None,
            ),
            "evaluation_two": (
                self.env._("The committee scores; then open the prices."),
                "open_prices",
                None,
            ),
            "price_opened": (
                self.env._("All scores are in: propose the award."),
                "propose_award",
                None,
            ),
            "award_proposed": (
                self.env._("Give the reasons on the award, have it reviewed, notify."),
                None,
                "award_id",
            ),
            "standstill": (
                self.env._("Bidders may object; then the award becomes final."),
                "finalise",
                "award_id",
            ),
            "awarded": (
                self.env._("Confirm the order of the winner."),
                "confirm_order",
                None,
            ),
        }

    def _get_visible_bids(self):
        """Return the bids that the acting user may read, best first.

        A search, not ``bid_ids``: the field may hold what another environment
        of the transaction has read.
        """
        self.ensure_one()
        bids = self.env["outsourcing.bid"].search(
            [("tender_id", "=", self.id), ("technical_opened_at", "!=", False)]
        )
        return bids.sorted(lambda bid: (not bid.rank, bid.rank, bid.id))

    def _get_opening_records(self):
        """Return the frozen records of the openings that the acting user may read."""
        self.ensure_one()
        return self.env["outsourcing.opening.record"].search(
            [("tender_id", "=", self.id)], order="id"
        )

    def _prepare_report_values(self):
        """Return what the comparison and the printed reports show.

        Means of scores only once all are in; prices only once they are open.
        """
        self.ensure_one()
        bids = self._get_visible_bids()
        means = self._get_means() if self.is_scoring_complete and bids else {}
        rows = [
            {
                "criterion": criterion,
                "cells": [self._format_cell(means, criterion, bid) for bid in bids],
            }
            for criterion in self.criterion_ids
        ]
        return {
            "tender": self,
            "bids": bids,
            "rows": rows,
            # sudo: the report names all members, whoever prints it.
            "members": self.sudo().committee_ids.filtered("is_voting"),
        }

    def _format_cell(self, means, criterion, bid):
        """Return the text of one bid under one criterion."""
        if criterion.kind == "price":
            if not self.is_price_opened or not bid.price_opened_at:
                return ""
            return formatLang(self.env, bid.amount_total, currency_obj=self.currency_id)
        # sudo: the means are kept by records with sudo; nothing is read here.
        mean = means.get((bid.sudo(), criterion.sudo()))
        if mean is None:
            return ""
        if criterion.kind == "pass_fail":
            return self.env._("Pass") if mean > 0.5 else self.env._("Fail")
        return formatLang(self.env, float(mean), digits=2)

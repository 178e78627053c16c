from odoo import Command, fields, models

from ..base.outsourcing_grant import server_create, server_write
from .outsourcing_tender_flow import MANAGER, PROCUREMENT


class OutsourcingCommitteeMember(models.Model):
    """The steps of a member: appointment, declaration, recusal."""

    _inherit = "outsourcing.committee.member"

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_appoint(self):
        """Appoint proposed members and ask them for their declaration."""
        return self._take_step("appointed")

    def action_declare(self, has_conflict=False, note=""):
        """Declare, for oneself, whether there is a conflict of interest.

        :param bool has_conflict: whether there is one; excludes the member
        :param str note: what it is, or remarks
        """
        self.check_access("read")
        self._flow_check_can("declare")
        for member in self:
            member._declare(has_conflict, (note or "").strip())
        return True

    def action_recuse(self, reason):
        """Exclude a member.

        :param str reason: why
        """
        return self._take_step("recused", recusal_reason=reason)

    def action_open_recuse_wizard(self):
        self._flow_check_can("recuse")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_recuse", self.env._("Recuse")
        )

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_appoint_reason(self):
        if not self._flow_user_in(PROCUREMENT, MANAGER):
            return dict.fromkeys(
                self.ids,
                self.env._("only procurement or the outsourcing manager appoints."),
            )
        reasons = {}
        for member in self.sudo():
            if not member.user_id:
                reasons[member.id] = self.env._(
                    "has no account to declare and score with. Link a user to the "
                    "employee, or give the expert access to the portal."
                )
            elif member.is_excluded:
                reasons[member.id] = self.env._(
                    "asked for the service or set its reference price."
                )
            elif member.tender_id.is_scoring_complete:
                reasons[member.id] = self.env._("all scores are in already.")
        return reasons

    def _get_cannot_declare_reason(self):
        reasons = {}
        for member in self.sudo():
            if member.user_id != self.env.user:
                reasons[member.id] = self.env._("only the member himself declares.")
            elif member.state != "appointed":
                reasons[member.id] = self.env._("the member is not appointed.")
            elif member.conflict_state != "none":
                reasons[member.id] = self.env._("it is declared already.")
            elif member.tender_id.is_scoring_complete:
                reasons[member.id] = self.env._("all scores are in already.")
        return reasons

    def _get_cannot_recuse_reason(self):
        if self._flow_is_system():
            return {}
        if not self._flow_user_in(PROCUREMENT, MANAGER):
            return dict.fromkeys(
                self.ids,
                self.env._("only procurement or the outsourcing manager recuses."),
            )
        return {
            member.id: self.env._("an award is proposed; annul it first.")
            for member in self.sudo()
            if member.tender_id.award_id
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _declare(self, has_conflict, note):
        self.ensure_one()
        vals = {
            "conflict_state": "conflict" if has_conflict else "clear",
            "conflict_note": note,
            "declared_date": fields.Datetime.now(),
        }
        if has_conflict:
            vals |= {
                "state": "recused",
                "recusal_reason": note
                or self.env._("Declared a conflict of interest."),
            }
        # A member has no right to write the committee, and declares for himself.
        member = self.sudo()
        server_write(member, vals)
        member.tender_id._finish_activities(
            "mail_activity_type_tender_declare", member.user_id
        )
        member._audit("declare", {"conflict": bool(has_conflict)})
        if not has_conflict and member.tender_id.state == "evaluation":
            member._create_scores()

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        now = fields.Datetime.now()
        if target == "appointed":
            server_write(self, {"appointed_by_id": self.env.uid, "appointed_date": now})
            for member in self:
                member.tender_id._plan_activity(
                    "mail_activity_type_tender_declare",
                    member.user_id.filtered(lambda user: not user.share),
                    None,
                )
        elif target == "recused":
            for member in self:
                for name in ("declare", "score"):
                    member.tender_id._finish_activities(
                        f"mail_activity_type_tender_{name}", member.user_id
                    )
            self.tender_id.filtered(
                lambda tender: tender.state == "evaluation"
            )._refresh_scoring()
        self._show_menus()
        self._audit(target)
        return result

    def _show_menus(self):
        """Show the menus of an evaluation to employees while they are appointed.

        Most members are plain employees, whose menus hold nothing of tenders.
        """
        # Whoever appoints has no right to users; the group gives menus alone.
        users = self.sudo().user_id.filtered(lambda user: not user.share)
        group = self.env.ref("outsourcing_mgmt.group_outsourcing_committee")
        appointed = (
            self.sudo()
            .search([("user_id", "in", users.ids), ("state", "=", "appointed")])
            .user_id
        )
        added = appointed.filtered(lambda user: group not in user.group_ids)
        removed = (users - appointed).filtered(lambda user: group in user.group_ids)
        added.write({"group_ids": [Command.link(group.id)]})
        removed.write({"group_ids": [Command.unlink(group.id)]})

    def _create_scores(self):
        """Give each member who judges a draft score per bid and criterion."""
        judges = self.filtered(
            lambda member: member.is_voting and member.conflict_state == "clear"
        )
        rows = []
        for member in judges:
            tender = member.tender_id
            rows += [
                {
                    "bid_id": bid.id,
                    "criterion_id": criterion.id,
                    "member_id": member.id,
                }
                for bid in tender._get_racing_bids()
                for criterion in tender._get_scored_criteria()
            ]
        # Nobody has the right to create scores but the procedure itself.
        server_create(self.env["outsourcing.score"].sudo(), rows)
        for member in judges:
            member.tender_id._plan_activity(
                "mail_activity_type_tender_score",
                member.user_id.filtered(lambda user: not user.share),
                None,
            )

    def _audit(self, verb, details=None):
        for member in self:
            self.env["outsourcing.audit.log"]._record(
                member, verb, details, root=member.tender_id
            )

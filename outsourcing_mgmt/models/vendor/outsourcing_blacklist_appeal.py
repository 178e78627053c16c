from odoo import Command, api, fields, models
from odoo.tools import format_list

from ..base.grants import server_write
from ..base.groups import MANAGER

FIRST_VERDICT = "appeal_first_of_two"
"""The entry in the log of what one of two persons said first."""


class OutsourcingBlacklist(models.Model):
    """Who decides on the appeal of a blacklisted vendor.

    A manager who neither wrote nor reviewed the entry, recorded the appeal or decided
    an earlier one. Where no such manager is left, the two persons whom the company
    named before the appeal decide together: the step is taken once both have asked
    for the same, and whoever of them asks for the other replaces what the first said.
    """

    _inherit = "outsourcing.blacklist"

    _staffed_joint_verbs = frozenset({"lift"})

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_dismiss_reason(self):
        return self._get_cannot_judge_reasons("dismiss")

    def _get_cannot_lift_reason(self):
        return self._get_cannot_judge_reasons("lift")

    def _get_cannot_judge_reasons(self, verb):
        """Return why the acting user does not decide ``verb`` on the appeals."""
        user = self.env.user
        reasons = {}
        if self._flow_is_system():
            return reasons
        for entry in self:
            judges = entry._get_judges()
            named = judges.browse() if judges else entry._get_last_resort()
            if user in judges:
                continue
            if user in named:
                if entry.first_judge_id == user and entry.first_verdict == verb:
                    reasons[entry.id] = self.env._(
                        "you have said so; %s decides together with you.",
                        (named - user).name,
                    )
            else:
                reasons[entry.id] = entry._get_no_judge_reason(judges or named)
        return reasons

    def _get_no_judge_reason(self, judges):
        """Say why the acting user does not decide, and who does."""
        text = self.env._(
            "whoever wrote or reviewed it, recorded the appeal or decided an earlier "
            "one does not decide on the appeal; another manager does."
        )
        if not judges:
            return self.env._(
                "%s Nobody is left: make somebody else a manager. Two persons named in "
                "the settings of outsourcing decide together on appeals that come "
                "after they were named.",
                text,
            )
        # sudo: names of those who decide are no secret.
        names = judges.sudo().mapped("name")
        return self.env._(
            "%(text)s Left to decide: %(names)s.",
            text=text,
            names=format_list(self.env, names),
        )

    # ------------------------------------------------------------
    # WHO IS LEFT
    # ------------------------------------------------------------

    @api.model
    def _get_staffed_gates(self):
        return {
            **super()._get_staffed_gates(),
            "lift": (
                self.env._("Decision on the appeal"),
                [("state", "=", "appealed")],
            ),
        }

    @api.model
    def _get_staffed_groups(self, verb):
        return (MANAGER,) if verb == "lift" else super()._get_staffed_groups(verb)

    def _get_barred_users(self, verb):
        if verb != "lift":
            return super()._get_barred_users(verb)
        # sudo: whoever asks need not read the company of all who took part.
        entry = self.sudo()
        parties = entry._get_authors() | entry._get_deciders() | entry.appealed_by_id
        return parties | entry.activated_by_id | entry.judge_ids

    def _get_judges(self):
        """Return the managers who may decide on the appeal."""
        return self._flow_get_users_of(MANAGER, self._get_barred_users("lift"))

    def _get_last_resort(self):
        """Return the two persons who decide where no manager is left; or nobody.

        Named before the appeal, able to read the entry, and none of them barred.
        """
        self.ensure_one()
        # sudo: who is named is asked for every user.
        company = self.sudo().company_id
        named = company._outsourcing_get_last_resort(self.appealed_on)
        left = (named - self._get_barred_users("lift")).filtered(
            lambda user: (
                user.active
                and not user.share
                and company in user.company_ids
                and self.browse().with_user(user).has_access("read")
            )
        )
        return left if len(left) == 2 else left.browse()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _decide_appeal(self, verb, target, **stamps):
        """Take the step, or keep what the first of two persons says of it."""
        joint = self.filtered(
            lambda entry: entry.state == "appealed" and not entry._get_judges()
        )
        if not joint:
            return self._take_step(target, **stamps)
        self.check_access("read")
        joint._flow_check_can(verb)
        for entry in joint:
            if entry._find_missing_judges(verb):
                [(name, reason)] = stamps.items()
                label = entry._flow_field_label(name)
                entry._keep_first_verdict(verb, self._flow_clean_reason(label, reason))
            else:
                # sudo: one of the two need not have write rights on the list.
                entry.sudo()._take_step(target, **stamps)
        rest = self - joint
        return rest._take_step(target, **stamps) if rest else True

    def _find_missing_judges(self, verb):
        """Return the label of what two persons who decide together lack yet."""
        for entry in self:
            if entry._get_judges() or self._flow_is_system():
                continue
            first = entry.first_judge_id
            if not first or first == self.env.user or entry.first_verdict != verb:
                return [self._flow_field_label("first_judge_id")]
        return []

    def _keep_first_verdict(self, verb, reason):
        """Keep what the first of two says; the other one is asked to decide."""
        # sudo: nobody writes it by hand, and one of the two may only read.
        entry = self.sudo()
        server_write(entry, {"first_judge_id": self.env.uid, "first_verdict": verb})
        labels = dict(self._fields["first_verdict"]._description_selection(self.env))
        self._tier_note(
            FIRST_VERDICT,
            self.env._(
                "%(name)s, the first of the two persons named by the company: "
                "%(verdict)s. Reason: %(reason)s Nobody else is left; the other one "
                "decides now.",
                name=self.env.user.name,
                verdict=labels[verb],
                reason=reason,
            ),
            tell_auditors=True,
        )

    def _note_judges(self):
        """Note who decided on the appeals, and that they decide no later one.

        The same holds for whoever of two said first what the other did not agree to.
        """
        # sudo: who spoke is noted whoever of them decides.
        log = self.env["outsourcing.audit.log"].sudo()
        for entry in self:
            said = log.search(
                [
                    ("res_model", "=", entry._name),
                    ("res_id", "=", entry.id),
                    ("verb", "=", FIRST_VERDICT),
                    ("recorded_at", ">=", entry.appealed_on),
                ]
            )
            judges = said.user_id | self.env.user
            server_write(
                entry,
                {
                    "decided_by_id": self.env.uid,
                    "decided_on": fields.Datetime.now(),
                    "judge_ids": [Command.link(user.id) for user in judges],
                },
            )

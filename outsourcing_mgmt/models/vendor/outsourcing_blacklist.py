from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date, plaintext2html

from ...tools.mail_table import MAIL_LAYOUT
from ..base.acting_person import PERSONAL_VERBS
from ..base.grants import server_write
from ..base.groups import MANAGER, OFFICER, PROCUREMENT
from ..intent.outsourcing_mail_intent import makes, note
from ..messages.telling import tell_not_mailed
from .listed import IN_FORCE, find_cleared, note_keys

KIND = "blacklist"


class OutsourcingBlacklist(models.Model):
    """A vendor that gets no invitation, award or contract for a stated time.

    proposed -> active -> appealed -> lifted | active; or refused. It binds from its
    first to its last day, in its company and the branches, every contact that the
    vendor has or had since the proposal, and every other one with a tax or registry
    number of it. A vendor that shares a bank account or the name is held until it was
    proposed as well, and somebody else refused that (``listed``). Bids that were
    sealed before stay; the opening names the entry, and the award is refused.

    ==============  ========================  =======================================
    Action          Who                       Restriction
    ==============  ========================  =======================================
    propose         procurement, officer,     reason, evidence and dates
                    manager
    activate        reviewers (manager)       not who wrote it; the vendor is told
    refuse          manager                   with a reason
    appeal          procurement, officer      in force; with what the vendor says
    dismiss appeal  manager                   see ``outsourcing_blacklist_appeal``
    lift            manager                   the same, with a reason
    ==============  ========================  =======================================
    """

    _name = "outsourcing.blacklist"
    _description = "Blacklisted Vendor"
    _inherit = ["outsourcing.tier.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date_to desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["partner_id.name", "reason"]

    _state_from = ["proposed"]
    _state_to = ["active"]
    _cancel_state = "refused"
    _tier_refuse_verb = "refuse"
    _flow_transitions = {
        "proposed": {"active", "refused"},
        "active": {"appealed"},
        "appealed": {"active", "lifted"},
        "lifted": set(),
        "refused": set(),
    }
    _flow_verbs = {
        ("proposed", "active"): "approve",
        ("appealed", "active"): "dismiss",
        "appealed": "appeal",
        "lifted": "lift",
        "refused": "refuse",
    }
    _flow_groups = {
        "appeal": (PROCUREMENT, OFFICER),
        "refuse": (MANAGER,),
    }
    _flow_required = {
        "active": ("reason", "ground", "date_from", "date_to"),
        "appealed": ("appeal_reason",),
        "lifted": ("lift_reason",),
        "refused": ("refuse_reason",),
        ("appealed", "active"): ("dismiss_reason",),
    }
    _flow_personal = PERSONAL_VERBS | {"dismiss", "lift"}
    _flow_system_fields = frozenset(
        {
            "activated_by_id",
            "activated_on",
            "appeal_reason",
            "appealed_by_id",
            "appealed_on",
            "cleared_matches",
            "decided_by_id",
            "decided_on",
            "dismiss_reason",
            "first_judge_id",
            "first_verdict",
            "judge_ids",
            "known_keys",
            "lift_reason",
            "refuse_reason",
            "refused_by_id",
        }
    )
    _flow_content_fields = frozenset(
        {"company_id", "date_from", "date_to", "ground", "partner_id", "reason"}
    )
    _flow_content_states = frozenset({"proposed"})

    state = fields.Selection(
        selection=[
            ("proposed", "Proposed for the List"),
            ("active", "Blacklisted"),
            ("appealed", "Appealed"),
            ("lifted", "Lifted"),
            ("refused", "Refused"),
        ],
        default="proposed",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Vendor",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    commercial_partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Company of the Vendor",
        compute="_compute_commercial_partner_id",
        store=True,
        index=True,
        help="The company when it was proposed: an entry does not follow a contact "
        "that is moved to another company.",
    )
    ground = fields.Selection(
        selection=[
            ("bribery", "Bribery"),
            ("false_documents", "False documents or statements"),
            ("collusion", "Collusion with other bidders"),
            ("not_signed", "Did not sign after the award"),
            ("abandoned", "Abandoned the service"),
            ("breach", "Serious or repeated breach of contract"),
            ("other", "Other"),
        ],
        required=True,
        tracking=True,
    )
    reason = fields.Text(
        string="What Happened",
        tracking=True,
        help="Facts, dates and where the evidence is; attach it below. The vendor gets "
        "this text.",
    )
    date_from = fields.Date(
        string="First Day",
        required=True,
        default=lambda self: self.env.company._outsourcing_today(),
        tracking=True,
    )
    date_to = fields.Date(
        string="Last Day",
        required=True,
        index=True,
        tracking=True,
        help="It ends by itself after this day.",
    )
    is_in_force = fields.Boolean(
        string="In Force",
        compute="_compute_is_in_force",
        search="_search_is_in_force",
        help="Binds today: an appeal does not suspend it.",
    )

    known_keys = fields.Json(
        string="Known By",
        copy=False,
        readonly=True,
        groups=fields.NO_ACCESS,
        help="Numbers, bank accounts, name and contacts of the vendor since the "
        "proposal.",
    )
    cleared_matches = fields.Json(
        string="No Ground Any More",
        copy=False,
        readonly=True,
        groups=fields.NO_ACCESS,
        help="What the vendor of a refused proposal shares with vendors on the list.",
    )

    # Stamps
    activated_by_id = fields.Many2one(
        comodel_name="res.users", copy=False, readonly=True
    )
    activated_on = fields.Datetime(copy=False, readonly=True)
    appeal_reason = fields.Text(string="What the Vendor Says", readonly=True)
    appealed_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Appeal Recorded By",
        copy=False,
        readonly=True,
    )
    appealed_on = fields.Datetime(copy=False, readonly=True)
    decided_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Appeal Decided By",
        copy=False,
        readonly=True,
    )
    decided_on = fields.Datetime(string="Appeal Decided On", copy=False, readonly=True)
    judge_ids = fields.Many2many(
        comodel_name="res.users",
        relation="outsourcing_blacklist_judge_rel",
        string="Decided Earlier Appeals",
        copy=False,
        readonly=True,
        help="A later appeal is decided by somebody else.",
    )
    first_judge_id = fields.Many2one(
        comodel_name="res.users",
        string="First of Two Who Decide",
        copy=False,
        readonly=True,
        help="Where no manager is left, the two persons whom the company named in the "
        "settings decide together.",
    )
    first_verdict = fields.Selection(
        selection=[("dismiss", "Dismiss the appeal"), ("lift", "Lift the entry")],
        string="What the First Decided",
        copy=False,
        readonly=True,
    )
    dismiss_reason = fields.Text(
        string="Why the Appeal Was Dismissed", copy=False, readonly=True
    )
    lift_reason = fields.Text(string="Why It Was Lifted", copy=False, readonly=True)
    refused_by_id = fields.Many2one(comodel_name="res.users", copy=False, readonly=True)
    refuse_reason = fields.Text(string="Why It Was Refused", copy=False, readonly=True)

    # UI
    can_appeal = fields.Boolean(compute="_compute_flow_can")
    can_dismiss = fields.Boolean(compute="_compute_flow_can")
    can_lift = fields.Boolean(compute="_compute_flow_can")
    can_refuse = fields.Boolean(compute="_compute_flow_can")

    _dates_ordered = models.Constraint(
        "CHECK (date_to >= date_from)", "The last day is not before the first."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("partner_id", "date_to")
    def _compute_display_name(self):
        for entry in self:
            if not (entry.partner_id and entry.date_to):
                entry.display_name = entry.partner_id.name or self.env._("New")
                continue
            entry.display_name = self.env._(
                "%(vendor)s, until %(date)s",
                vendor=entry.partner_id.name,
                date=format_date(self.env, entry.date_to),
            )

    @api.depends("partner_id")
    def _compute_commercial_partner_id(self):
        for entry in self:
            entry.commercial_partner_id = entry.partner_id.commercial_partner_id

    @api.depends("state", "date_from", "date_to", "company_id")
    def _compute_is_in_force(self):
        for entry in self:
            # sudo: the day of a company is no secret.
            today = entry.company_id.sudo()._outsourcing_today()
            entry.is_in_force = bool(
                entry.state in IN_FORCE
                and entry.date_from
                and entry.date_to
                and entry.date_from <= today <= entry.date_to
            )

    @api.model
    def _search_is_in_force(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        today = self.env.company._outsourcing_today()
        domain = fields.Domain(
            [
                ("state", "in", IN_FORCE),
                ("date_from", "<=", today),
                ("date_to", ">=", today),
            ]
        )
        return domain if (operator == "in") == (True in value) else ~domain

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("commercial_partner_id", "state", "date_from", "date_to")
    def _check_one_entry(self):
        """One entry at a time for a vendor in a company."""
        for entry in self.filtered(lambda item: item.state in ("proposed", *IN_FORCE)):
            # sudo: an entry binds whoever may read it.
            other = self.sudo().search(
                [
                    ("id", "!=", entry.id),
                    ("commercial_partner_id", "=", entry.commercial_partner_id.id),
                    ("company_id", "=", entry.company_id.id),
                    ("state", "in", ("proposed", *IN_FORCE)),
                    ("date_from", "<=", entry.date_to),
                    ("date_to", ">=", entry.date_from),
                ],
                limit=1,
            )
            if other:
                raise ValidationError(
                    self.env._(
                        "%s is proposed or in force for some of these days already.",
                        other.display_name,
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        note_keys(entries)
        return entries

    def write(self, vals):
        result = super().write(vals)
        if "partner_id" in vals and not self._flow_is_system():
            # sudo: what a vendor is known by is shown to nobody.
            server_write(self.sudo(), {"known_keys": False})
            note_keys(self)
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_activate(self):
        """Settle the own open reviews; the last one puts the vendor on the list."""
        return self._tier_approve()

    def action_refuse(self, reason):
        """Refuse the proposal, for a stated reason."""
        return self._tier_refuse("refused", "refuse_reason", reason)

    def action_appeal(self, reason):
        """Record that the vendor appeals.

        :param str reason: what the vendor says
        """
        return self._take_step("appealed", appeal_reason=reason)

    def action_dismiss(self, reason):
        """Dismiss the appeal: the entry stays.

        :param str reason: why, as the vendor is told
        """
        return self._decide_appeal("dismiss", "active", dismiss_reason=reason)

    def action_lift(self, reason):
        """End the entry before its last day.

        :param str reason: why, as the vendor is told
        """
        return self._decide_appeal("lift", "lifted", lift_reason=reason)

    def action_open_refuse_wizard(self):
        """Ask why the proposal is refused."""
        return self._open_reason("refuse", self.env._("Refuse the Proposal"))

    def action_open_appeal_wizard(self):
        """Ask what the vendor says."""
        return self._open_reason("appeal", self.env._("Record an Appeal"))

    def action_open_dismiss_wizard(self):
        """Ask why the appeal is dismissed."""
        return self._open_reason("dismiss", self.env._("Dismiss the Appeal"))

    def action_open_lift_wizard(self):
        """Ask why the entry is lifted."""
        return self._open_reason("lift", self.env._("Lift the Entry"))

    def _open_reason(self, verb, title):
        self._flow_check_can(verb)
        return self.env["outsourcing.reason.wizard"]._open(
            self, f"action_{verb}", title
        )

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_approve_reason(self):
        reasons = {}
        for entry in self:
            if not (entry.reason or "").strip():
                reasons[entry.id] = self.env._("say what happened.")
            elif entry.date_to < entry.company_id._outsourcing_today():
                reasons[entry.id] = self.env._("its last day has passed.")
            elif reason := entry._tier_get_cannot_cross_reason():
                reasons[entry.id] = reason
        return reasons

    def _get_cannot_appeal_reason(self):
        return {
            entry.id: self.env._(
                "it ended on %s.", format_date(self.env, entry.date_to)
            )
            for entry in self
            if entry.date_to < entry.company_id._outsourcing_today()
        }

    # ------------------------------------------------------------
    # FLOW HOOKS
    # ------------------------------------------------------------

    def _flow_find_missing(self, target, state, vals):
        missing = super()._flow_find_missing(target, state, vals)
        # Each appeal says its own; the words of the one before it stand there yet.
        if target == "appealed" and not missing and "appeal_reason" not in vals:
            missing = [self._flow_field_label("appeal_reason")]
        if state == "appealed" and not missing:
            verb = self._flow_get_verb(state, target)
            missing = self._find_missing_judges(verb)
        return missing

    def _on_enter_active(self, origins):
        now, uid = fields.Datetime.now(), self.env.uid
        new = self.filtered(lambda item: origins[item.id] == "proposed")
        note_keys(new)
        server_write(new, {"activated_by_id": uid, "activated_on": now})
        (self - new)._note_judges()
        note_vendor(new, "reason")
        note_vendor(self - new, "dismiss_reason")

    def _on_enter_appealed(self, origins):
        server_write(
            self,
            {
                "appealed_by_id": self.env.uid,
                "appealed_on": fields.Datetime.now(),
                "decided_by_id": False,
                "decided_on": False,
                "dismiss_reason": False,
                "first_judge_id": False,
                "first_verdict": False,
            },
        )
        for entry in self:
            judges = entry._get_judges()[:1] or entry._get_last_resort()
            for user in judges or self.env.user:
                # sudo: whoever records the appeal need not give others activities.
                entry.sudo().activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._(
                        "Decide on the appeal of %s", entry.partner_id.name
                    ),
                    user_id=user.id,
                )

    def _on_enter_refused(self, origins):
        """Whoever refuses what another proposed says that it is another vendor."""
        for entry in self:
            if self.env.user not in entry._get_authors():
                # sudo: what vendors have in common is shown to nobody.
                server_write(
                    entry.sudo(),
                    {
                        "refused_by_id": self.env.uid,
                        "cleared_matches": find_cleared(entry),
                    },
                )

    def _on_enter_lifted(self, origins):
        self._note_judges()
        note_vendor(self, "lift_reason")

    def _on_step(self, target, origins):
        result = super()._on_step(target, origins)
        log = self.env["outsourcing.audit.log"]
        for entry in self:
            log._record(
                entry,
                target,
                {
                    "from": origins[entry.id],
                    "vendor": entry.commercial_partner_id.id,
                    "ground": entry.ground,
                    "until": fields.Date.to_string(entry.date_to),
                },
            )
            if target in ("active", "lifted"):
                # sudo: whoever decides need not settle the activities of others.
                entry.sudo().activity_feedback(["mail.mail_activity_data_todo"])
        return result


# ------------------------------------------------------------
# MAIL
# ------------------------------------------------------------
# Functions, as evaluated code can call methods of records and would write to vendors in
# the name of the company.


def note_vendor(entries, reason_field):
    """Note that the vendor is told what was decided, and whom to answer.

    :param str reason_field: the field with the reason of this decision
    """
    # sudo: whoever decides need not write to vendors.
    entries = entries.sudo()
    note(KIND, reason_field, [(entry, entry.partner_id) for entry in entries])


@makes(KIND, tell=tell_not_mailed)
def mail_vendor(entry, row):
    """Mail the vendor a decision, in its language."""
    entry = entry.with_context(lang=entry.partner_id.lang or entry.env.lang)
    env = entry.env
    values = {
        "vendor": entry.commercial_partner_id.name,
        "company": entry.company_id.name,
        "start": format_date(env, entry.date_from),
        "end": format_date(env, entry.date_to),
        "reason": entry[row.template],
        "person": env.user.name,
        "address": env.user.email or entry.company_id.email or "",
    }
    if row.template == "reason":
        subject = env._("%s: your company is blacklisted", values["company"])
        text = env._(
            "From %(start)s to %(end)s %(vendor)s gets no invitation, award or "
            "contract of %(company)s.\n\nReason: %(reason)s\n\nYou may appeal: "
            "write to %(person)s, %(address)s.",
            **values,
        )
    elif row.template == "dismiss_reason":
        subject = env._("%s: your appeal was dismissed", values["company"])
        text = env._(
            "%(vendor)s stays on the blacklist of %(company)s until %(end)s."
            "\n\nReason: %(reason)s\n\n%(person)s, %(address)s",
            **values,
        )
    else:
        subject = env._("%s: no longer blacklisted", values["company"])
        text = env._(
            "%(vendor)s is no longer on the blacklist of %(company)s."
            "\n\nReason: %(reason)s\n\n%(person)s, %(address)s",
            **values,
        )
    entry.message_notify(
        partner_ids=row.partner_id.ids,
        subject=subject,
        body=plaintext2html(text),
        email_layout_xmlid=MAIL_LAYOUT,
    )

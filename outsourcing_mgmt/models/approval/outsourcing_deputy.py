from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date

from ..base.acting_person import check_person
from ..base.grants import is_granted, server_write, spend
from ..base.groups import HR, MANAGER

WHO_AND_WHEN = frozenset({"user_id", "deputy_id", "date_from", "company_id", "reason"})
"""What may not change once the deputy has begun."""


class Mandate(NamedTuple):
    """Who acts for whom, where, from the first day to the last."""

    user_id: int
    deputy_id: int
    company_id: int
    date_from: object
    date_to: object
    named_by_id: int


class OutsourcingDeputy(models.Model):
    """Who reviews in place of an approver, from one day to another.

    The deputy settles the reviews that wait for the approver, in the approver's place
    and by the same exclusions: neither whoever wrote, edited or requested the document
    nor the person whom it concerns, and never two tiers of one document. It says on
    the review for whom it was decided. It ends by itself after the last day where the
    company works, and at once when it is archived.

    A deputy needs a role in the application that reads such documents at all. What the
    role leaves hidden, the documents whose review waits for the approver, and their
    lines, can be read as long as the review and the deputyship last (``ir_rule``).
    Nothing else follows: no group, no other document, no right to write.

    =============  ==========================  ==================================
    Action         Who                         Restriction
    =============  ==========================  ==================================
    name           the approver, HR, manager   nobody makes himself a deputy
    confirm        the approver, HR, manager   named by another than the approver;
                                               not who named, nor the deputy
    change         as above                    once begun, only the last day
    end            as above, the deputy
    delete         as above                    not once begun
    =============  ==========================  ==================================
    """

    _name = "outsourcing.deputy"
    _description = "Deputy of an Approver"
    _inherit = ["mail.thread"]
    _order = "date_from desc, id desc"
    _rec_name = "deputy_id"
    _check_company_auto = True

    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Approver",
        required=True,
        default=lambda self: self.env.user,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain="[('share', '=', False)]",
        tracking=True,
    )
    deputy_id = fields.Many2one(
        comodel_name="res.users",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain="[('share', '=', False), ('id', '!=', user_id)]",
        tracking=True,
        help="Reviews in place of the approver. Reads, as long as it lasts, the "
        "documents whose review waits for the approver.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
        tracking=True,
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
        help="The deputy ends by itself after this day.",
    )
    reason = fields.Char(required=True, tracking=True, help="e.g. annual leave")
    active = fields.Boolean(
        default=True, tracking=True, help="An archived deputy has ended."
    )
    named_by_id = fields.Many2one(
        comodel_name="res.users", string="Named by", readonly=True, copy=False
    )
    confirmed_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Confirmed by",
        readonly=True,
        copy=False,
        tracking=True,
        help="Whoever else than the approver names a deputy needs a second person.",
    )
    is_waiting = fields.Boolean(compute="_compute_is_waiting")
    is_running = fields.Boolean(compute="_compute_is_running")
    unreadable_text = fields.Char(
        string="Stays with the Approver", compute="_compute_unreadable_text"
    )

    _dates_ordered = models.Constraint(
        "CHECK (date_to >= date_from)", "A deputy ends after it begins."
    )
    _two_persons = models.Constraint(
        "CHECK (user_id != deputy_id)", "Nobody is the deputy of himself."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("user_id", "deputy_id")
    def _compute_display_name(self):
        for deputy in self:
            deputy.display_name = self.env._(
                "%(deputy)s for %(approver)s",
                deputy=deputy.deputy_id.name or "",
                approver=deputy.user_id.name or "",
            )

    @api.depends("user_id", "named_by_id", "confirmed_by_id")
    def _compute_is_waiting(self):
        for deputy in self:
            deputy.is_waiting = bool(
                deputy.named_by_id
                and deputy.named_by_id != deputy.user_id
                and not deputy.confirmed_by_id
            )

    @api.depends("active", "date_from", "date_to", "company_id", "is_waiting")
    def _compute_is_running(self):
        for deputy in self:
            today = (deputy.company_id or self.env.company)._outsourcing_today()
            deputy.is_running = bool(
                deputy.active
                and not deputy.is_waiting
                and deputy.date_from
                and deputy.date_to
                and deputy.date_from <= today <= deputy.date_to
            )

    @api.depends("user_id", "deputy_id")
    def _compute_unreadable_text(self):
        """Name the documents that the deputy's roles do not open at all."""
        for deputy in self:
            names = []
            for name in self.env["tier.review"]._tier_hardened_models():
                users = [deputy.user_id, deputy.deputy_id]
                reads = [
                    bool(user) and self.env[name].with_user(user).has_access("read")
                    for user in users
                ]
                if reads == [True, False]:
                    names.append(self.env["ir.model"]._get(name).name)
            deputy.unreadable_text = ", ".join(names) if deputy.deputy_id else ""

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("user_id", "deputy_id")
    def _check_users(self):
        for deputy in self:
            if deputy.user_id.share or deputy.deputy_id.share:
                raise ValidationError(
                    self.env._("Only employees review and are deputies.")
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        who = {"named_by_id": self.env.uid, "confirmed_by_id": False}
        deputies = super().create([{**vals, **who} for vals in vals_list])
        deputies._check_may_name()
        deputies._tell_both()
        deputies._mandates_changed(deputies.user_id | deputies.deputy_id)
        return deputies

    def write(self, vals):
        if vals != {"active": False}:
            self._check_may_name()
        changed = WHO_AND_WHEN.intersection(vals)
        for deputy in self if changed else ():
            today = deputy.company_id._outsourcing_today()
            if deputy.date_from <= today:
                raise UserError(
                    self.env._(
                        "%(deputy)s has begun on %(date)s. Only the last day can "
                        "still change; or archive it, which ends it at once, and name "
                        "another.",
                        deputy=deputy.display_name,
                        date=format_date(self.env, deputy.date_from),
                    )
                )
        users = self.user_id | self.deputy_id
        last = fields.Date.to_date(vals.get("date_to"))
        is_shorter = (
            vals.keys() == {"date_to"}
            and bool(last)
            and all(last <= deputy.date_to for deputy in self)
        )
        if vals != {"active": False} and not is_shorter and not is_granted(self):
            vals = {**vals, "named_by_id": self.env.uid, "confirmed_by_id": False}
        spend(self)
        result = super().write(vals)
        if vals != {"active": False}:
            self._check_may_name()
        self._mandates_changed(users | self.user_id | self.deputy_id)
        return result

    def unlink(self):
        for deputy in self:
            if deputy.date_from <= deputy.company_id._outsourcing_today():
                raise UserError(
                    self.env._(
                        "%s has begun and is part of the history. Archive it: that "
                        "ends it at once.",
                        deputy.display_name,
                    )
                )
        users = self.user_id | self.deputy_id
        result = super().unlink()
        self._mandates_changed(users)
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_confirm(self):
        """Let a deputy act whom somebody else than the approver has named."""
        self.check_access("read")
        check_person(self)
        user = self.env.user
        staff = any(user.has_group(group) for group in (HR, MANAGER))
        for deputy in self:
            if not deputy.is_waiting:
                raise UserError(
                    self.env._("%s needs no confirmation.", deputy.display_name)
                )
            if user in deputy.named_by_id | deputy.deputy_id or not (
                staff or user == deputy.user_id
            ):
                raise AccessError(
                    self.env._(
                        "%(deputy)s is confirmed by %(approver)s, or by somebody of HR "
                        "or an outsourcing manager who did not name the deputy.",
                        deputy=deputy.display_name,
                        approver=deputy.user_id.name,
                    )
                )
            # sudo: who may confirm was judged; nobody writes who did.
            server_write(deputy.sudo(), {"confirmed_by_id": user.id})
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_may_name(self):
        """An approver names the own deputy, HR and managers that of others.

        Asked whatever the rights of the environment: the rule binds the person.
        """
        check_person(self)
        staff = any(self.env.user.has_group(group) for group in (HR, MANAGER))
        for deputy in self:
            if deputy.deputy_id == self.env.user:
                raise AccessError(
                    self.env._(
                        "Nobody makes himself a deputy, or makes it last longer. "
                        "%s, HR or an outsourcing manager names you.",
                        deputy.user_id.name,
                    )
                )
            if deputy.user_id != self.env.user and not staff:
                raise AccessError(
                    self.env._(
                        "The deputy of %s is named by the approver, HR or an "
                        "outsourcing manager.",
                        deputy.user_id.name,
                    )
                )

    def _tell_both(self):
        for deputy in self:
            waiting = self.env._(
                "It begins once %s, or somebody of HR or an outsourcing manager who "
                "did not name the deputy, has confirmed it.",
                deputy.user_id.name,
            )
            # sudo: both are told, whoever named the deputy.
            deputy.sudo().message_post(
                body=self.env._(
                    "%(deputy)s reviews in place of %(approver)s from %(start)s to "
                    "%(end)s: %(reason)s %(waiting)s",
                    waiting=waiting if deputy.is_waiting else "",
                    deputy=deputy.deputy_id.name,
                    approver=deputy.user_id.name,
                    start=format_date(self.env, deputy.date_from),
                    end=format_date(self.env, deputy.date_to),
                    reason=deputy.reason,
                ),
                author_id=self.env.user.partner_id.id,
                partner_ids=(deputy.user_id | deputy.deputy_id).partner_id.ids,
            )

    @api.model
    def _mandates_changed(self, users):
        """Let the change show at once: in the trays, and in what may be read.

        :param res.users users: the approvers and the deputies
        """
        self.env.flush_all()
        self.env.registry.clear_cache()
        self.env["tier.review"]._tier_refresh_reviewers(users)

    @api.model
    @tools.ormcache()
    def _get_mandates(self):
        """Return every mandate that has not ended for long, to be asked often.

        :rtype: tuple of Mandate
        """
        latest = self.env["res.company"]._outsourcing_latest_today()
        # sudo: who stands in for whom is judged whoever asks.
        deputies = self.sudo().search([("date_to", ">=", latest - timedelta(days=2))])
        deputies = deputies.filtered(lambda deputy: not deputy.is_waiting)
        return tuple(
            Mandate(
                deputy.user_id.id,
                deputy.deputy_id.id,
                deputy.company_id.id,
                deputy.date_from,
                deputy.date_to,
                deputy.named_by_id.id or deputy.user_id.id,
            )
            for deputy in deputies
        )

    @api.model
    def _get_living(self, company=None):
        """Return the mandates that live today where their company works.

        :param res.company company: those of this company only
        :rtype: list of Mandate
        """
        mandates = self._get_mandates()
        if company:
            mandates = [item for item in mandates if item.company_id in company.ids]
        # sudo: the day of a company is no secret.
        companies = self.env["res.company"].sudo()
        days = {
            company_id: companies.browse(company_id)._outsourcing_today()
            for company_id in {item.company_id for item in mandates}
        }
        return [
            item
            for item in mandates
            if item.date_from <= days[item.company_id] <= item.date_to
        ]

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_follow_days(self):
        """Bring the trays up to date where a deputy begins or ends today."""
        self.env.registry.clear_cache()
        ids = {
            user_id
            for item in self._get_mandates()
            for user_id in (item.user_id, item.deputy_id)
        }
        users = self.env["res.users"].browse(ids)
        self.env["tier.review"]._tier_refresh_reviewers(users)

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..base.grants import is_server_act, server_write, spend
from ..base.uninstall import guards_deletion


class ItsmAgreedMixin(models.AbstractModel):
    """Something that was agreed: who does what until when. It is an activity, too.

    The activity stands on the record in which it was agreed. Whoever completes it
    there has done the action, and the other way round.
    """

    _name = "itsm.agreed.mixin"
    _description = "Agreed Action"
    _order = "date_deadline, id"

    _agreed_parent = None
    """The Many2one to the record in which it was agreed."""
    _agreed_type = None
    """The XML id of the type of its activity."""

    name = fields.Char(string="Action", required=True)
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Responsible",
        required=True,
        index=True,
        domain="[('share', '=', False)]",
    )
    date_deadline = fields.Date(string="Due on", required=True)
    is_done = fields.Boolean(string="Done", copy=False)
    done_at = fields.Datetime(string="Done on", readonly=True, copy=False)
    activity_id = fields.Many2one(
        comodel_name="mail.activity",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        is_server = is_server_act(self.browse())
        spend(self.browse(), "create")
        actions = super().create(vals_list)
        if not is_server:
            actions._check_agreeing()
            if any(
                item.is_done or item.done_at or item.activity_id for item in actions
            ):
                raise UserError(
                    self.env._("An action is agreed first and done afterwards.")
                )
        # sudo: the activity follows from the action
        actions.sudo()._plan_activity()
        return actions

    def write(self, vals):
        is_server = is_server_act(self)
        spend(self)
        if not is_server:
            self._check_writer(vals)
        result = super().write(vals)
        if is_server:
            return result
        # sudo: time and activity follow from what was written
        trusted = self.sudo()
        if "is_done" in vals:
            now = fields.Datetime.now()
            for action in trusted:
                server_write(action, {"done_at": action.is_done and now})
        if not {"is_done", "name", "user_id", "date_deadline"}.isdisjoint(vals):
            trusted._plan_activity()
        return result

    @guards_deletion
    def _unlink_except_agreed(self):
        if not is_server_act(self):
            self._check_agreeing()
        # sudo: the activity goes with its action
        self.sudo().activity_id.unlink()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_cannot_agree_reason(self):
        """Return why the acting user cannot change what was agreed, or None."""
        self.ensure_one()
        raise NotImplementedError

    def _get_chairs(self):
        """Return who may say for others that an action is done."""
        self.ensure_one()
        raise NotImplementedError

    def _check_agreeing(self):
        reasons = ((item.name, item._get_cannot_agree_reason()) for item in self)
        if refused := [f"{name}: {reason}" for name, reason in reasons if reason]:
            raise UserError("\n".join(refused))

    def _check_writer(self, vals):
        fixed = {"done_at", "activity_id", "company_id", self._agreed_parent}
        if fixed.intersection(vals):
            raise AccessError(
                self.env._("When and where an action was agreed or done stays.")
            )
        self.check_access("write")
        if set(vals) - {"is_done"}:
            self._check_agreeing()
        self._check_doer()

    def _check_doer(self):
        """Refuse whoever is neither the responsible nor in the chair."""
        for action in self:
            # sudo: whose word it is, is asked for every user
            trusted = action.sudo()
            if self.env.user not in trusted.user_id | trusted._get_chairs():
                raise AccessError(
                    self.env._(
                        "%(person)s has to do it and says when it is done.",
                        person=trusted.user_id.name,
                    )
                )

    def _plan_activity(self):
        """Put the activity of each action as the action is now."""
        for action in self:
            before = action.activity_id
            after = self.env["mail.activity"]
            if not action.is_done:
                parent = action[self._agreed_parent]
                after = parent.activity_schedule(
                    self._agreed_type,
                    user_id=action.user_id.id,
                    date_deadline=action.date_deadline,
                    summary=action.name,
                )
            server_write(action, {"activity_id": after.id})
            before.unlink()

    def _finish(self):
        """Note that the activity of the actions was completed."""
        server_write(self, {"is_done": True, "done_at": fields.Datetime.now()})


class MailActivity(models.Model):
    """Whoever completes the activity of an action has done the action."""

    _inherit = "mail.activity"

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _action_done(self, feedback=False, attachment_ids=None):
        done = []
        mixin = self.env.registry["itsm.agreed.mixin"]
        for name in mixin._inherit_children:
            if not self.env[name]._abstract:
                # sudo: whoever may complete the activity has done the action
                actions = self.env[name].sudo()
                found = actions.search([("activity_id", "in", self.ids)])
                if self.env.uid != SUPERUSER_ID:
                    found.with_user(self.env.user)._check_doer()
                done.append(found)
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        for actions in done:
            if actions:
                actions._finish()
        return result

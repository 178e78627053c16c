"""The models of Odoo whose changes are watched while something is sealed."""

from odoo import SUPERUSER_ID, api, models

from .change_watch import WATCHED, is_bundle, note_change

OF_OTHERS = ("gamification.goal.definition",)
"""Models of modules that the suite does not need, with code that jobs evaluate."""


def watch_class(model_class):
    """Extend the class of a model of ``OF_OTHERS``, where its module is installed.

    Automations take their methods off all classes and put them on again, and these with
    them: what is there is kept, and called.

    :param model_class: of the registry, which may be set up several times
    """
    inner = {
        name: vars(model_class).get(name) for name in ("create", "write", "unlink")
    }
    if all(hasattr(method, "watched_class") for method in inner.values()):
        return

    @api.model_create_multi
    def create(self, vals_list):
        act = inner["create"] or super(model_class, type(self)).create
        records = act(self, vals_list)
        note_change(records, "create")
        return records

    def write(self, vals):
        act = inner["write"] or super(model_class, type(self)).write
        result = act(self, vals)
        note_change(self, "write", vals)
        return result

    def unlink(self):
        note_change(self, "unlink")
        act = inner["unlink"] or super(model_class, type(self)).unlink
        return act(self)

    for method in (create, write, unlink):
        method.watched_class = model_class
        setattr(model_class, method.__name__, method)


class OutsourcingWatchedMixin(models.AbstractModel):
    """Notes each change of a model with which people type code or give rights."""

    _name = "outsourcing.watched.mixin"
    _description = "Watched Changes"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        note_change(records, "create")
        return records

    def write(self, vals):
        result = super().write(vals)
        note_change(self, "write", vals)
        return result

    def unlink(self):
        note_change(self, "unlink")
        return super().unlink()


class BaseAutomation(models.Model):
    """Conditions and what they start."""

    _name = "base.automation"
    _inherit = ["base.automation", "outsourcing.watched.mixin"]

    def _register_hook(self):
        result = super()._register_hook()
        for name in OF_OTHERS:
            if name in self.env.registry:
                watch_class(self.env.registry[name])
        return result


class DigestTip(models.Model):
    """Tips of digests, which are rendered as pages with the rights of the server."""

    _name = "digest.tip"
    _inherit = ["digest.tip", "outsourcing.watched.mixin"]


class IrActionsActWindow(models.Model):
    """Domains and contexts of windows, which core evaluates for some pages."""

    _name = "ir.actions.act_window"
    _inherit = ["ir.actions.act_window", "outsourcing.watched.mixin"]


class IrActionsReport(models.Model):
    """Names and attachments of printed files."""

    _name = "ir.actions.report"
    _inherit = ["ir.actions.report", "outsourcing.watched.mixin"]


class IrActionsServer(models.Model):
    """Code of actions and scheduled jobs."""

    _name = "ir.actions.server"
    _inherit = ["ir.actions.server", "outsourcing.watched.mixin"]


class IrAsset(models.Model):
    """Scripts of the web client, which act in the session of whoever opens it."""

    _name = "ir.asset"
    _inherit = ["ir.asset", "outsourcing.watched.mixin"]


class IrAttachment(models.Model):
    """Scripts of the web client as they are kept; the superuser makes them."""

    _inherit = "ir.attachment"

    @api.constrains("checksum", "datas", "db_datas", "raw", "store_fname", "url")
    def _outsourcing_note_bundles(self):
        if self.env.uid != SUPERUSER_ID and is_bundle(self):
            note_change(self, "write")


class IrConfigParameter(models.Model):
    """Switches of the database."""

    _name = "ir.config_parameter"
    _inherit = ["ir.config_parameter", "outsourcing.watched.mixin"]


class IrModelAccess(models.Model):
    """Access rights of groups."""

    _name = "ir.model.access"
    _inherit = ["ir.model.access", "outsourcing.watched.mixin"]


class IrModelFields(models.Model):
    """Formulas of custom fields."""

    _name = "ir.model.fields"
    _inherit = ["ir.model.fields", "outsourcing.watched.mixin"]


class IrRule(models.Model):
    """Record rules."""

    _name = "ir.rule"
    _inherit = ["ir.rule", "outsourcing.watched.mixin"]


class IrUiView(models.Model):
    """Templates of pages and reports."""

    _name = "ir.ui.view"
    _inherit = ["ir.ui.view", "outsourcing.watched.mixin"]


class MailRenderMixin(models.AbstractModel):
    """Whatever else has texts with expressions: wizards that mail, of any add-on."""

    _inherit = "mail.render.mixin"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if self._name not in WATCHED:
            note_change(records, "create")
        return records

    def write(self, vals):
        result = super().write(vals)
        if self._name not in WATCHED:
            note_change(self, "write", vals)
        return result


class MailComposeMessage(models.TransientModel):
    """Expressions typed into a message."""

    _name = "mail.compose.message"
    _inherit = ["mail.compose.message", "outsourcing.watched.mixin"]


class MailTemplate(models.Model):
    """Expressions of mail templates."""

    _name = "mail.template"
    _inherit = ["mail.template", "outsourcing.watched.mixin"]


class ResGroups(models.Model):
    """Groups that others imply."""

    _name = "res.groups"
    _inherit = ["res.groups", "outsourcing.watched.mixin"]


class SmsTemplate(models.Model):
    """Expressions of text messages."""

    _name = "sms.template"
    _inherit = ["sms.template", "outsourcing.watched.mixin"]


class TierDefinition(models.Model):
    """Who reviews, and conditions of reviews written as code."""

    _name = "tier.definition"
    _inherit = ["tier.definition", "outsourcing.watched.mixin"]

"""The models of Odoo whose changes are watched while something is sealed."""

from odoo import api, models

from .change_watch import WATCHED, is_bundle, note_change

OF_OTHERS = frozenset({"gamification.goal.definition"})
"""Models of modules that the suite does not need, with code that jobs evaluate."""


def watch_class(model_class):
    """Extend the class of a model of ``OF_OTHERS``, where its module is installed.

    :param model_class: of the registry, when it is set up, which may be several times
    """
    if model_class._name not in OF_OTHERS or "unlink" in vars(model_class):
        return

    @api.model_create_multi
    def create(self, vals_list):
        records = super(model_class, self).create(vals_list)
        note_change(records, "create")
        return records

    def write(self, vals):
        result = super(model_class, self).write(vals)
        note_change(self, "write", vals)
        return result

    def unlink(self):
        note_change(self, "unlink")
        return super(model_class, self).unlink()

    for method in (create, write, unlink):
        setattr(model_class, method.__name__, method)


class Base(models.AbstractModel):
    """Every model, watched where it holds code."""

    _inherit = "base"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model
    def _post_model_setup__(self):
        super()._post_model_setup__()
        watch_class(type(self))


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
    """Scripts of the web client as they are kept; the server makes them with sudo."""

    _inherit = "ir.attachment"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        files = super().create(vals_list)
        if not self.env.su and is_bundle(files):
            note_change(files, "create")
        return files

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        was_bundle = is_bundle(self)
        result = super().write(vals)
        if was_bundle or ("url" in vals and is_bundle(self)):
            note_change(self, "write", vals)
        return result


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

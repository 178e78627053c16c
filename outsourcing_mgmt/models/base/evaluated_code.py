"""Code that people type into the database runs without rights of the server."""

from odoo import models

from .outsourcing_grant import without_grants


class IrActionsServer(models.Model):
    """Server actions, which automations use too, hold no grant."""

    _inherit = "ir.actions.server"

    def run(self):
        with without_grants():
            return super().run()


class IrQweb(models.AbstractModel):
    """Templates of mails, reports and pages hold no grant."""

    _inherit = "ir.qweb"

    def _render(self, template, values=None, **options):
        with without_grants():
            return super()._render(template, values, **options)


class MailRenderMixin(models.AbstractModel):
    """Inline templates hold no grant."""

    _inherit = "mail.render.mixin"

    def _render_template(self, *args, **kwargs):
        with without_grants():
            return super()._render_template(*args, **kwargs)

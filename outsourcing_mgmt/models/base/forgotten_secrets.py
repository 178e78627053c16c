"""Code that people type into the database does not find secrets in the cache.

Server actions and automations, templates of mails, reports and pages. Which rights
such code has is told in ``grants``.
"""

from contextlib import contextmanager

from odoo import models

forgotten = {}
"""``{model: fields}`` that evaluated code may not find in the cache, where the acting
user read or entered them."""


@contextmanager
def without_secrets(env):
    """Drop what is ``forgotten`` from the cache before and after evaluated code."""
    _forget(env)
    try:
        yield
    finally:
        _forget(env)


def _forget(env):
    for name, fields in forgotten.items():
        model = env[name]
        # What is not stored has nothing to be written before.
        stored = any(model._fields[field].store for field in fields)
        model.invalidate_model(fields, flush=stored)


class IrActionsServer(models.Model):
    """Server actions, which automations use too."""

    _inherit = "ir.actions.server"

    def run(self):
        with without_secrets(self.env):
            return super().run()


class IrQweb(models.AbstractModel):
    """Templates of mails, reports and pages."""

    _inherit = "ir.qweb"

    def _render(self, template, values=None, **options):
        with without_secrets(self.env):
            return super()._render(template, values, **options)


class MailRenderMixin(models.AbstractModel):
    """Inline templates."""

    _inherit = "mail.render.mixin"

    def _render_template(self, *args, **kwargs):
        with without_secrets(self.env):
            return super()._render_template(*args, **kwargs)

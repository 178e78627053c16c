"""Code that people type into the database runs without rights of the server.

Server actions and automations, templates of mails, reports and pages.
"""

from contextlib import contextmanager
from contextvars import ContextVar

from odoo import models

from .grants import held_grants

is_evaluating = ContextVar("outsourcing_grants_withheld", default=False)
"""Whether code that people typed into the database runs, scheduled actions too."""


@contextmanager
def without_grants(env):
    """Run evaluated code: nothing inside the block holds a right.

    Secrets that the acting user read before, or entered, are not left in the cache
    for it.
    """
    _forget_secrets(env)
    grants = held_grants.set(())
    evaluating = is_evaluating.set(True)
    try:
        yield
    finally:
        is_evaluating.reset(evaluating)
        held_grants.reset(grants)
        _forget_secrets(env)


def _forget_secrets(env):
    """Drop the amounts of secret reference prices from the cache."""
    env["outsourcing.reference.price"].invalidate_model(
        ["amount", "can_see_amount"], flush=False
    )
    sources = env["outsourcing.reference.price.source"]
    sources.invalidate_model(["amount", "name", "note"])


class IrActionsServer(models.Model):
    """Server actions, which automations use too, hold no grant."""

    _inherit = "ir.actions.server"

    def run(self):
        with without_grants(self.env):
            return super().run()


class IrQweb(models.AbstractModel):
    """Templates of mails, reports and pages hold no grant."""

    _inherit = "ir.qweb"

    def _render(self, template, values=None, **options):
        with without_grants(self.env):
            return super()._render(template, values, **options)


class MailRenderMixin(models.AbstractModel):
    """Inline templates hold no grant."""

    _inherit = "mail.render.mixin"

    def _render_template(self, *args, **kwargs):
        with without_grants(self.env):
            return super()._render_template(*args, **kwargs)

"""Code that people type into the database runs without rights of the server.

Server actions and automations, templates of mails, reports and pages, record rules,
and custom computed fields.
"""

import functools
from contextlib import contextmanager

from odoo import models

from .acting_person import is_evaluating
from .grants import held_grants

forgotten = {}
"""``{model: fields}`` that evaluated code may not find in the cache, where the acting
user read or entered them."""


@contextmanager
def without_grants(env=None):
    """Run evaluated code: nothing inside the block holds a right.

    With ``env``, what is ``forgotten`` is dropped from its cache before and after.
    """
    _forget(env)
    grants = held_grants.set(())
    evaluating = is_evaluating.set(True)
    try:
        yield
    finally:
        is_evaluating.reset(evaluating)
        held_grants.reset(grants)
        _forget(env)


def _forget(env):
    for name, fields in forgotten.items() if env else ():
        model = env[name]
        # What is not stored has nothing to be written before.
        stored = any(model._fields[field].store for field in fields)
        model.invalidate_model(fields, flush=stored)


def _withheld(function):
    """Return ``function`` as it runs without grants."""

    @functools.wraps(function)
    def without(*args, **kwargs):
        with without_grants():
            return function(*args, **kwargs)

    return without


class IrActionsServer(models.Model):
    """Server actions, which automations use too, hold no grant."""

    _inherit = "ir.actions.server"

    def _register_hook(self):
        """Let the conditions of automations hold no grant, where these are installed.

        They are evaluated around the methods of the records, before any of ours runs.
        ``base_automation`` is no dependency: no class of ours can extend its model.
        """
        result = super()._register_hook()
        automations = self.env.registry.get("base.automation")
        if automations and not hasattr(automations, "_outsourcing_is_withheld"):
            for name in ("_filter_pre", "_filter_post_export_domain"):
                setattr(automations, name, _withheld(getattr(automations, name)))
            automations._outsourcing_is_withheld = True
        return result

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


class IrModelFields(models.Model):
    """Formulas of custom fields hold no grant."""

    _inherit = "ir.model.fields"

    def _instanciate_attrs(self, field_data):
        attrs = super()._instanciate_attrs(field_data)
        if attrs and callable(attrs.get("compute")):
            attrs["compute"] = _withheld(attrs["compute"])
        return attrs

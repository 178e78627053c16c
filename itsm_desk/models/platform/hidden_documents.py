"""Core's forms and exports name no document that their user may not read.

The composer, activities and ratings are given a model and a number, or a message, by
the client, and compute the name of the document in the rights of the server.
"""

from odoo import api, models
from odoo.exceptions import AccessError

from odoo.addons.mail.tools.parser import parse_res_ids

from .hidden_rows import OWN_NAMES

POINTERS = (
    ("res_model", "res_id"),
    ("res_model", "res_ids"),
    ("model", "res_ids"),
    ("parent_res_model", "parent_res_id"),
)
"""Fields that name a model, and those that name documents of it."""
COMPOSER = "mail.compose.message"
PLACED = frozenset(
    {"composition_mode", "model", "parent_id", "res_domain", "res_ids", "template_id"}
)
"""From what a composer takes the document that it writes on."""


def check_documents(env, model, ids):
    """Refuse documents of ours that the user may not read, or that are none.

    :param str model: name of a model, or nothing
    :raise AccessError: about documents of ours only
    """
    if env.su or not ids or not (model or "").startswith(OWN_NAMES):
        return
    if model not in env:
        return
    documents = env[model].with_context(active_test=False).browse(ids)
    if set(documents._filtered_access("read").ids) != set(ids):
        raise AccessError(env._("You may not read the document that this is about."))


def check_message(message):
    """Refuse a message on a document of ours that the user may not read."""
    # sudo: on what it stands decides, whoever asks.
    place = message.sudo()
    if (place.model or "").startswith(OWN_NAMES):
        message.check_access("read")
        check_documents(message.env, place.model, [place.res_id or 0])


def check_pointed(form, values):
    """Refuse a form that points at documents which its user may not read.

    See :func:`find_pointed`.
    """
    if not form.env.su:
        for model, ids in find_pointed(form, values):
            check_documents(form.env, model, ids)


def find_pointed(form, values):
    """Return ``[(model, ids)]`` of what a form points at that is not stored so.

    :param form: the record of the form, or none for a new one
    :param dict values: as :meth:`onchange` takes them
    """
    context = form.env.context
    given = {
        key.removeprefix("default_"): value
        for key, value in context.items()
        if key.startswith("default_")
    }
    given.update(values)
    if form._name == COMPOSER:
        given["model"] = given.get("model") or context.get("active_model")
        given["res_ids"] = (
            given.get("res_ids")
            or context.get("active_ids")
            or [context.get("active_id") or 0]
        )
    # sudo: what is stored already was judged when it was written.
    stored = form.sudo()
    found = []
    for by_model, by_id in POINTERS:
        if by_model not in form._fields or by_id not in form._fields:
            continue
        model = given.get(by_model) or _get_model(form.env, given.get(f"{by_model}_id"))
        if not model and form.ids:
            model = stored[by_model]
        pointed = given.get(by_id)
        is_stored = form.ids and (model, pointed) == (stored[by_model], stored[by_id])
        if model and pointed and not is_stored:
            found.append((model, _get_ids(form.env, pointed)))
    return found


def _get_model(env, value):
    # sudo: names of models are no secret.
    return env["ir.model"].sudo().browse(_get_ids(env, value)[:1]).model


def _get_ids(env, value):
    """Return the ids that a client gives in one of its ways."""
    if isinstance(value, dict):
        value = value.get("id")
    if isinstance(value, int):
        return [value] if value else []
    if isinstance(value, list | tuple):
        return [one for one in value if isinstance(one, int) and one]
    return parse_res_ids(value, env) or [] if isinstance(value, str) else []


class Base(models.AbstractModel):
    """Files hold no more than what their user reads."""

    _inherit = "base"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        """Core tells, and makes, the external id of any record by its number."""
        if self._name.startswith(OWN_NAMES) and self:
            self.check_access("read")
        return super()._export_rows(fields, _is_toplevel_call=_is_toplevel_call)


class MailComposeMessage(models.TransientModel):
    """Whoever writes on a document reads it, and what is answered there."""

    _inherit = "mail.compose.message"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        composers = super().create(vals_list)
        composers._itsm_check_place()
        return composers

    def write(self, vals):
        result = super().write(vals)
        if not PLACED.isdisjoint(vals):
            self._itsm_check_place()
        return result

    def onchange(self, values, field_names, fields_spec):
        if not self.env.su:
            context = self.env.context
            pointed = values.get("parent_id") or context.get("default_parent_id")
            ids = _get_ids(self.env, pointed)[:1]
            check_message(self.env["mail.message"].browse(ids))
        return super().onchange(values, field_names, fields_spec)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _itsm_check_place(self):
        """Refuse to write where the user does not read."""
        if self.env.su:
            return
        for composer in self:
            check_message(composer.parent_id)
            check_documents(self.env, composer.model, composer._evaluate_res_ids())

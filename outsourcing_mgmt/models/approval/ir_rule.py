import functools

from odoo import models, tools
from odoo.fields import Domain

CACHE_KEY = (
    "self.env.uid",
    "self.env.su",
    "model_name",
    "mode",
    "tuple(self._compute_domain_context_values())",
)
"""What core caches the domains by."""


class IrRule(models.Model):
    """Lets a deputy read the documents whose review waits for the approver.

    Beside what the own roles show, and for as long as the review and the deputyship
    last. The model itself must be readable by a role, and no other right follows.
    """

    _inherit = "ir.rule"

    @tools.ormcache(*CACHE_KEY)
    def _compute_domain(self, model_name, mode="read"):
        domain = super()._compute_domain(model_name, mode)
        if mode != "read" or self.env.su:
            return domain
        return domain | self._outsourcing_get_deputy_domain(model_name)

    def _outsourcing_get_deputy_domain(self, model_name):
        """Return the domain of what the user reads in place of an approver.

        It is kept with the other domains of the user until mandates change; which of
        them live, and which documents wait, is asked with each query.
        """
        mandates = self.env["outsourcing.deputy"]._get_mandates()
        if all(item.deputy_id != self.env.uid for item in mandates):
            return Domain.FALSE
        model = self.env[model_name]
        field = getattr(model, "_flow_parent", None) or "id"
        name = model_name if field == "id" else model._fields[field].comodel_name
        if not hasattr(self.env[name], "_tier_hardened"):
            return Domain.FALSE
        return Domain.custom(to_sql=functools.partial(_deputy_sql, field, name))


def _deputy_sql(field, document_name, model, alias, query):
    """Return the condition on ``field``: a document that waits for the deputy."""
    env = model.env
    living = env["outsourcing.deputy"]._get_living(env.companies)
    mandates = [item for item in living if item.deputy_id == env.uid]
    documents = env[document_name]
    if mandates:
        documents = documents._tier_get_documents_of_deputy(mandates)
    condition = Domain(field, "in", documents.ids)
    return condition.optimize_full(model)._to_sql(model, alias, query)

from odoo import models
from odoo.fields import Domain

from ..base.evaluated_code import without_grants
from ..base.grants import held_grants


class IrRule(models.Model):
    """Lets a deputy read the documents whose review waits for the approver.

    Beside what the own roles show, and for as long as the review and the deputyship
    last. The model itself must be readable by a role, and no other right follows.
    Domains of rules are code that people typed: they hold no grant.
    """

    _inherit = "ir.rule"

    def _compute_domain(self, model_name, mode="read"):
        if held_grants.get():
            with without_grants():
                domain = super()._compute_domain(model_name, mode)
        else:
            # Most domains are found in a cache.
            domain = super()._compute_domain(model_name, mode)
        if mode != "read" or self.env.su:
            return domain
        if not self.env["outsourcing.deputy"]._get_mandates():
            return domain
        return domain | self._outsourcing_get_deputy_domain(model_name)

    def _get_failing(self, for_records, mode="read"):
        with without_grants():
            return super()._get_failing(for_records, mode)

    def _outsourcing_get_deputy_domain(self, model_name):
        """Return the domain of what the user reads in place of an approver."""
        mandates = [
            item
            for item in self.env["outsourcing.deputy"]._get_living(self.env.companies)
            if item.deputy_id == self.env.uid
        ]
        if not mandates:
            return Domain.FALSE
        model = self.env[model_name]
        field = "id"
        if parent := getattr(model, "_flow_parent", None):
            field, model = parent, self.env[model._fields[parent].comodel_name]
        if not hasattr(model, "_tier_hardened"):
            return Domain.FALSE
        documents = model._tier_get_documents_of_deputy(mandates)
        return Domain(field, "in", documents.ids) if documents else Domain.FALSE

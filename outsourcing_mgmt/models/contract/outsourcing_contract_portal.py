from odoo import fields, models
from odoo.exceptions import UserError

from ..base.outsourcing_grant import server_write


class OutsourcingContract(models.Model):
    """What a vendor does with his contract in the portal."""

    _inherit = "outsourcing.contract"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for contract in self:
            contract.access_url = f"/my/outsourcing/contracts/{contract.id}"
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _vendor_owns(self, partner):
        """Whether a portal partner belongs to the vendor of the contract."""
        self.ensure_one()
        return bool(
            partner and partner.commercial_partner_id == self.commercial_partner_id
        )

    def _vendor_check(self, partner):
        self.ensure_one()
        if not self._vendor_owns(partner) or self.state in ("draft", "cancelled"):
            raise UserError(self.env._("This contract is not one of yours."))

    def _vendor_sign(self, partner, name, signature):
        """Keep the vendor's signature; procurement records the signing.

        :param partner: partner of the portal user (res.partner)
        :param str name: who signs
        :param signature: drawn signature, base64 image
        """
        self._vendor_check(partner)
        if self.state != "to_sign":
            raise UserError(
                self.env._(
                    "%(name)s is “%(state)s”: there is nothing to sign now.",
                    name=self.name,
                    state=self._flow_state_label(self.state),
                )
            )
        if self.vendor_signed_on:
            raise UserError(self.env._("%s is signed already.", self.name))
        if not name or not signature:
            raise UserError(self.env._("Give your name and draw your signature."))
        server_write(
            self,
            {
                "vendor_signature": signature,
                "vendor_signed_by": name,
                "vendor_signed_on": fields.Datetime.now(),
            },
        )
        self.env["outsourcing.audit.log"]._record(self, "vendor_signed", {"name": name})
        self.message_post(
            body=self.env._("Signed for the vendor by %s.", name),
            author_id=partner.id,
        )

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError
from odoo.tools import float_compare

from odoo.addons.outsourcing_mgmt.models.base.acting_person import check_person
from odoo.addons.outsourcing_mgmt.models.base.grants import (
    get_granted_names,
    server_write,
    spend,
)

TOLERANCE_DIGITS = 4
"""Decimals of the difference of a tax."""

SETTINGS = "vendor_quality_settings"
"""These are read together, when one of them is asked for.

Every transaction reads its companies, most of them none of these.
"""


class ResCompany(models.Model):
    """The gate: its first day, how exact a tax is; standings, and which day it is."""

    _inherit = "res.company"

    vendor_quality_gate_from = fields.Date(
        string="Bills Are Controlled From",
        prefetch=SETTINGS,
        help="Bills of vendors under a contract with quality forms need an approved "
        "form from this day on. Empty: bills are not controlled. Once set, a later "
        "day or no day at all takes two persons.",
    )

    vendor_quality_standing_months = fields.Integer(
        string="Months a Standing Counts",
        default=12,
        prefetch=SETTINGS,
        help="How long a grade blocks invitations, awards, orders and contracts after "
        "the last period of a contract that has ended. Fewer months take two persons.",
    )

    vendor_quality_tax_tolerance = fields.Float(
        string="Tax Difference per Tax",
        default=0.05,
        digits=(16, TOLERANCE_DIGITS),
        prefetch=SETTINGS,
        help="By how much each tax on a vendor bill may differ from what its lines "
        "give, in the currency of the bill: vendors round in their own way. What goes "
        "beyond is paid by an exception only. A larger difference takes two persons.",
    )

    _vendor_quality_tax_tolerance_positive = models.Constraint(
        "CHECK (vendor_quality_tax_tolerance >= 0)",
        "The difference of a tax is not negative.",
    )
    _vendor_quality_standing_months_positive = models.Constraint(
        "CHECK (vendor_quality_standing_months >= 1)",
        "The standing of an ended contract counts for at least one month.",
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        for company in companies.filtered("vendor_quality_gate_from"):
            company.parent_id._vendor_quality_check_gate(
                company.vendor_quality_gate_from
            )
        for branch in companies.filtered("parent_id"):
            branch.parent_id._vendor_quality_check_tolerance(
                branch.vendor_quality_tax_tolerance
            )
        self.env.registry.clear_cache()
        return companies

    def write(self, vals):
        judged = vals.keys() - get_granted_names(self)
        # The zone of the days is asked for further on, and its right spent there.
        if "outsourcing_tz" not in vals:
            spend(self)
        if "vendor_quality_gate_from" in judged:
            day = fields.Date.to_date(vals["vendor_quality_gate_from"])
            if set(self.mapped("vendor_quality_gate_from")) - {day or False}:
                check_person(self)
            self._vendor_quality_check_gate(day)
        if "vendor_quality_standing_months" in judged:
            self._vendor_quality_check_months(vals["vendor_quality_standing_months"])
        if "vendor_quality_tax_tolerance" in judged:
            self._vendor_quality_check_tolerance(vals["vendor_quality_tax_tolerance"])
        if "vendor_quality_gate_from" in vals:
            self.env.registry.clear_cache()
        if "transfer_account_id" in vals:
            self.transfer_account_id._vendor_quality_remember_liquid()
        return super().write(vals)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _itsm_zone(self):
        """Count the days of the service desk where the company counts its own."""
        return self._outsourcing_zone()

    @api.model
    def _itsm_get_zone_field(self):
        return "outsourcing_tz"

    def _get_vendor_quality_gate_from(self):
        """Return the first day of the gate: the company's, or a parent's."""
        self.ensure_one()
        company = self
        while company:
            if company.vendor_quality_gate_from:
                return company.vendor_quality_gate_from
            company = company.parent_id
        return False

    @api.model
    @tools.ormcache()
    def _get_vendor_quality_gated_roots(self):
        """Return the ids of the root companies in which some gate holds."""
        # sudo: a branch follows its parents, which the user may not read.
        companies = self.sudo().with_context(active_test=False)
        gated = companies.search([("vendor_quality_gate_from", "!=", False)])
        return frozenset(gated.root_id.ids)

    def _vendor_quality_check_gate(self, day):
        """One person may start the gate or move it earlier, not weaken it."""
        for company in self:
            current = company._get_vendor_quality_gate_from()
            parent = company.parent_id
            # A branch has the day of its parent, unless it has one of its own.
            after = day or (parent and parent._get_vendor_quality_gate_from())
            if current and (not after or after > current):
                raise AccessError(
                    self.env._(
                        "%(company)s: bill control is ended or started later by two "
                        "persons. Request it under Vendor Quality, Bills, Changes to "
                        "Bill Control; quality finance approves the request.",
                        company=company.display_name,
                    )
                )

    def _vendor_quality_check_months(self, months):
        """One person may let a standing count for longer, not for a shorter time."""
        for company in self:
            current = company.vendor_quality_standing_months
            if int(months or 0) < current:
                raise AccessError(
                    self.env._(
                        "%(company)s: the standing of an ended contract counts for "
                        "%(months)s months, and fewer take two persons. Request it "
                        "under Vendor Quality, Bills, Changes to Bill Control; "
                        "quality finance approves the request.",
                        company=company.display_name,
                        months=current,
                    )
                )

    def _vendor_quality_check_tolerance(self, tolerance):
        """One person may control the tax of bills more closely, not less."""
        for company in self:
            current = company.vendor_quality_tax_tolerance
            if float_compare(tolerance or 0.0, current, TOLERANCE_DIGITS) > 0:
                raise AccessError(
                    self.env._(
                        "%(company)s: a tax on a bill may differ by %(tolerance)s, and "
                        "more takes two persons. Request it under Vendor Quality, "
                        "Bills, Changes to Bill Control; quality finance approves the "
                        "request.",
                        company=company.display_name,
                        tolerance=current,
                    )
                )


# ------------------------------------------------------------
# WHAT TWO PERSONS DECIDED
# ------------------------------------------------------------
# Functions, so that evaluated code, which can call methods of records, cannot
# weaken the gate.


def set_standing_months(company, months):
    """Let a standing count for ``months``, as two persons decided."""
    server_write(company, {"vendor_quality_standing_months": months})


def set_tax_tolerance(company, tolerance):
    """Let each tax of a bill differ by ``tolerance``, as two persons decided."""
    server_write(company, {"vendor_quality_tax_tolerance": tolerance})


def set_gate_from(company, day):
    """Let the gate begin on ``day``, or lift it, as two persons decided."""
    server_write(company, {"vendor_quality_gate_from": day})
    # sudo: holds are kept by the gate alone, and whoever decides need not read them.
    holds = company.env["vendor.quality.hold"].sudo()
    held = holds.search(
        [
            ("company_id", "child_of", company.root_id.ids),
            ("state", "=", "active"),
            ("stage", "in", ("post", "payment")),
        ]
    )
    if held:
        company.env["vendor.quality.gate"]._refresh(held.move_id)

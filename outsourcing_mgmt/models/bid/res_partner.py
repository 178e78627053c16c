from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date, format_list

from ..vendor.listed import note_vendors
from .committee_accounts import note_accounts, read_accounts
from .outsourcing_bid_person import get_own_rows, keep_own, note_changes

KNOWN_BY = frozenset({"company_registry", "is_company", "name", "parent_id", "vat"})
PLACE = frozenset({"parent_id", "is_company", "company_type"})


class ResPartner(models.Model):
    """A person of a bidder whose address or company changes waits to be confirmed.

    What a vendor on the blacklist was known by is kept before it changes.
    """

    _inherit = "res.partner"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        if KNOWN_BY.intersection(vals):
            note_vendors(self)
        is_moving = bool(PLACE.intersection(vals))
        if not is_moving and "email" not in vals:
            return super().write(vals)
        users = self._outsourcing_get_portal_users(is_moving)
        own = get_own_rows(users)
        # sudo: whoever writes contacts need not read their users.
        accounts = read_accounts(self.sudo().user_ids) if "email" in vals else {}
        result = super().write(vals)
        keep_own(own)
        note_changes(users)
        note_accounts(accounts)
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _outsourcing_get_portal_users(self, is_deep):
        """Return the portal users of the contacts, if ``is_deep`` those below, too."""
        # sudo: whoever writes contacts need not read their users.
        users = self.env["res.users"].sudo()
        operator = "child_of" if is_deep else "in"
        found = users.search([("share", "=", True), ("partner_id", operator, self.ids)])
        # sudo: whose act it is follows from the user, not from the rights above.
        return found.sudo(False)

    def _outsourcing_check_merge(self):
        """Raise where two of the contacts are two vendors, or people, somewhere."""
        # sudo: whoever merges contacts has no access to bids and invitations.
        for model, field in (
            ("outsourcing.bid", "partner_id"),
            ("outsourcing.tender.invitation", "commercial_partner_id"),
        ):
            groups = (
                self.env[model]
                # sudo: as above.
                .sudo()
                ._read_group(
                    [(field, "in", self.ids)],
                    ["tender_id"],
                    [f"{field}:recordset"],
                )
            )
            for tender, vendors in groups:
                if len(vendors) > 1:
                    raise UserError(
                        self.env._(
                            "%(vendors)s take part in %(tender)s as different vendors "
                            "and cannot be merged. Archive the contact that is no "
                            "longer needed.",
                            vendors=format_list(
                                self.env, vendors.mapped("display_name")
                            ),
                            tender=tender.name,
                        )
                    )
        self._outsourcing_check_merged_people()

    def _outsourcing_check_merged_people(self):
        """Raise where two of the contacts judge one tender, or work the same day."""
        # sudo: as above, for committees.
        members = self.env["outsourcing.committee.member"].sudo()
        seats = members._read_group(
            [("partner_id", "in", self.ids), ("state", "!=", "recused")],
            ["tender_id"],
            ["partner_id:recordset"],
        )
        for tender, people in seats:
            if len(people) > 1:
                raise UserError(
                    self.env._(
                        "%(people)s judge %(tender)s as different members of its "
                        "committee and cannot be merged. Recuse one of them first.",
                        people=format_list(self.env, people.mapped("display_name")),
                        tender=tender.name,
                    )
                )
        # sudo: as above, for days on site.
        days = self.env["outsourcing.roster.day"].sudo()
        twice = days._read_group(
            [("partner_id", "in", self.ids)],
            ["date:day"],
            ["partner_id:recordset"],
            having=[("partner_id:count_distinct", ">", 1)],
            limit=1,
        )
        for day, people in twice:
            raise UserError(
                self.env._(
                    "%(people)s are different persons on the roster of %(day)s and "
                    "cannot be merged. Archive the contact that is no longer needed.",
                    people=format_list(self.env, people.mapped("display_name")),
                    day=format_date(self.env, day),
                )
            )

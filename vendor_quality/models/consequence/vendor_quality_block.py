from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date, format_list

from .vendor_quality_improvement_plan import LIVE_STATES
from .vendor_quality_standing import RUNNING_STATES

KINDS = {
    "invitation": ("blocks_invitation",),
    # An open tender has no invitations: what they block ends at the award.
    "award": ("blocks_invitation", "blocks_order"),
    "order": ("blocks_order",),
    # Made, renewed or extended without a tender, which is an award without one.
    "contract": ("blocks_invitation", "blocks_order"),
}


class VendorQualityBlock(models.AbstractModel):
    """Refuses what a vendor's standing blocks, from the invitation to the contract.

    Judged on the vendor's commercial partner, and others with its tax number, in
    the company of the document and its parents, where contracts bind their branches
    as well. Whoever acts, also with ``sudo()``, is judged alike; one query a batch.
    """

    _name = "vendor.quality.block"
    _description = "Blocks by Vendor Standing"

    @api.model
    def _check(self, kind, documents):
        """Refuse the documents of blocked vendors, unless a waiver covers them.

        :param str kind: ``invitation``, ``award``, ``order`` or ``contract``
        :param documents: list of ``(record, vendor, company)``
        :raise UserError: naming every blocked document and what unblocks it
        """
        blocked = self._get_blocked(kind, documents)
        if not blocked:
            return
        refused = []
        Waiver = self.env["vendor.quality.waiver"]
        for record, vendor, standings in blocked:
            if not Waiver._use_for(kind, record, vendor, standings):
                refused.append((record, vendor, standings))
        if refused:
            raise UserError(
                "\n\n".join(self._get_message(kind, *item) for item in refused)
            )

    @api.model
    def _get_blocked(self, kind, documents):
        """Return ``[(record, vendor, blocking standings)]`` of what is blocked."""
        parties = []
        for record, vendor, company in documents:
            # sudo: whoever acts need not read vendors, nor parents of the company.
            vendor, company = vendor.sudo(), company.sudo()
            if commercial := vendor.commercial_partner_id:
                companies = company.parent_ids or company
                parties.append((record, commercial, companies))
        standings = self._get_live(
            kind,
            {vendor.id for _record, vendor, _companies in parties},
            {item for *_rest, companies in parties for item in companies.ids},
        )
        result = []
        for record, vendor, companies in parties:
            mine = standings.get(vendor.id, self.env["vendor.quality.standing"])
            mine = mine.filtered(
                lambda row, companies=companies: row.company_id in companies
            )
            if mine:
                result.append((record, vendor, mine.sorted("score")))
        return result

    @api.model
    def _get_reasons(self, kind, documents, renewed=()):
        """Return ``{id: text}`` of what is blocked and has no waiver to use.

        It uses none up, as it is asked for each button that is shown.

        :param renewed: the records whose renewals are asked for
        """
        Waiver = self.env["vendor.quality.waiver"]
        return {
            record.id: self._get_reason(kind, vendor, standings)
            for record, vendor, standings in self._get_blocked(kind, documents)
            if not Waiver._find_for(kind, record, vendor, standings, record in renewed)
        }

    @api.model
    def _get_live(self, kind, vendor_ids, company_ids):
        """Return ``{vendor id: standings that block now}``, read with sudo.

        Of an ended contract they count for the months that its company set. A vendor
        that was entered twice is known by its tax number, and a contact that left its
        company by what it was, as on their bills.
        """
        # sudo: whoever acts need not read standings; the text names what blocks.
        Standing = self.env["vendor.quality.standing"].sudo()
        if not vendor_ids or not company_ids:
            return {}
        Standing.flush_model()
        self.env["outsourcing.contract"].flush_model(
            ["state", "term", "date_end", "termination_date"]
        )
        self.env["res.company"].flush_model(["vendor_quality_standing_months"])
        reader = self.env["vendor.quality.gate.reader"]
        reader._flush_vendors()
        companies = Standing.env["res.company"].browse(company_ids)
        # SQL: the same query as for bills tells which vendors are one.
        rows = self.env.execute_query(
            SQL(
                """
                WITH %(known)s
                SELECT vendor.id, ARRAY_AGG(DISTINCT standing.id)
                  FROM vendor
                  JOIN vendor_quality_standing standing
                    ON standing.commercial_partner_id = vendor.vendor_id
                  JOIN outsourcing_contract contract
                    ON contract.id = standing.contract_id
                  JOIN res_company company ON company.id = standing.company_id
                  JOIN UNNEST(%(companies)s, %(days)s::date[]) AS local(id, today)
                    ON local.id = company.id
                 WHERE vendor.ground IN ('own', 'same', 'number', 'contact')
                   AND %(standing)s
                   AND (standing.blocks_invitation OR standing.blocks_order)
                   AND (%(flags)s)
                   AND (contract.state IN %(running)s
                        OR standing.block_date_end + MAKE_INTERVAL(
                               months => company.vendor_quality_standing_months
                           ) >= local.today)
                 GROUP BY vendor.id
                """,
                known=reader._sql_vendors(
                    SQL(
                        "SELECT id, id AS partner_id, NULL::integer AS bank_id "
                        "FROM UNNEST(%s) AS id",
                        list(vendor_ids),
                    )
                ),
                standing=reader._sql_not_lifted(
                    SQL("SPLIT_PART(company.parent_path, '/', 1)::integer")
                ),
                companies=companies.ids,
                days=[company._outsourcing_today() for company in companies],
                flags=SQL(" OR ").join(
                    SQL.identifier("standing", flag) for flag in KINDS[kind]
                ),
                running=RUNNING_STATES,
            )
        )
        return {
            vendor_id: Standing.browse(ids).sorted(lambda item: (item.score, item.id))
            for vendor_id, ids in rows
        }

    # ------------------------------------------------------------
    # TEXT
    # ------------------------------------------------------------

    @api.model
    def _get_message(self, kind, record, vendor, standings):
        """Say which grade blocks ``record``, what unblocks it and who can act."""
        return f"{self._get_label(record)}: {self._get_reason(kind, vendor, standings)}"

    @api.model
    def _get_reason(self, kind, vendor, standings):
        """Say the same without the document, as the reasons of a flow do."""
        name = vendor.display_name
        heads = {
            "invitation": self.env._("%s is not invited to tenders.", name),
            "award": self.env._("nothing is awarded to %s.", name),
            "order": self.env._("orders to %s stay unconfirmed.", name),
            "contract": self.env._(
                "%s gets no contract, renewal or extension without a tender.",
                name,
            ),
        }
        return "\n".join(
            [
                heads[kind],
                *(self._get_standing_text(standing) for standing in standings),
                self._get_unblock_text(kind, standings),
            ]
        )

    @api.model
    def _get_label(self, record):
        """Return the name of the document; an invitation goes by its tender."""
        # sudo: whoever acts need not read the tender.
        document = record.sudo()
        if record._name == "outsourcing.tender.invitation":
            document = document.tender_id
        return document.display_name or record._description

    @api.model
    def _get_standing_text(self, standing):
        form = standing.block_form_id
        return self.env._(
            "Blocked by %(contract)s, period %(start)s to %(end)s: score %(score)s, "
            "grade %(grade)s (form %(form)s).",
            contract=standing.contract_id.display_name,
            start=format_date(self.env, form.date_start),
            end=format_date(self.env, form.date_end),
            score=f"{form.score:.2f}",
            grade=form.gate_band_id.grade or form.grade,
            form=form.name,
        )

    @api.model
    def _get_unblock_text(self, kind, standings):
        # sudo: whoever acts need not read plans; the text gives their numbers.
        plans = self.env["vendor.quality.improvement.plan"].sudo()
        plans = plans.search(
            [
                ("contract_id", "in", standings.contract_id.ids),
                ("state", "in", LIVE_STATES),
            ]
        )
        text = self.env._(
            "It unblocks when the next form of the contract is approved with a grade "
            "that does not block, when the improvement plan (%(plans)s) is closed as "
            "effective, or by a waiver: a quality manager requests it under Vendor "
            "Quality, Quality Forms, Waivers for Blocked Vendors, and quality finance "
            "approves it.",
            plans=format_list(self.env, plans.mapped("name"))
            or self.env._("none is open"),
        )
        if kind == "award":
            text += " " + self.env._(
                "Otherwise procurement disqualifies the bid for this reason."
            )
        elif kind == "contract":
            text += " " + self.env._(
                "Otherwise the service is tendered or bought from another vendor."
            )
        return text

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import format_date

READERS = (
    "vendor_quality.group_quality_auditor",
    "vendor_quality.group_quality_manager",
    "vendor_quality.group_quality_finance",
    "outsourcing_mgmt.group_outsourcing_auditor",
    "outsourcing_mgmt.group_outsourcing_manager",
    "outsourcing_mgmt.group_outsourcing_finance",
)
AUDITOR = "vendor_quality.group_quality_auditor"
ROWS = 300


class VendorQualityContractAudit(models.AbstractModel):
    """The whole chain of a contract on one page: what, who, when.

    Each part of the page is described by a section: the model, the records of the
    contract, and the steps with the fields that tell when and by whom. Everything
    is read with the rights of the reader, and a part that the reader may not read
    says so. Auditors have no rights on orders, bills and payments: of those they see
    what the page shows, and no more. The sections are in the two files beside it: up
    to the contract, and from the inspections on.
    """

    _name = "report.vendor_quality.report_contract_audit"
    _description = "Audit Trail of a Contract"

    @api.model
    def _get_report_values(self, docids, data=None):
        self._check_reader()
        contracts = self.env["outsourcing.contract"].browse(docids)
        contracts.check_access("read")
        return {
            "doc_ids": docids,
            "doc_model": contracts._name,
            "docs": contracts,
            "get_sections": self._get_sections,
            "printed_at": self.env.company._outsourcing_format_moment(
                fields.Datetime.now()
            ),
            "reader": self.env.user.name,
        }

    def _check_reader(self):
        if not any(self.env.user.has_group(group) for group in READERS):
            raise AccessError(
                self.env._(
                    "The audit trail of a contract is for auditors, managers and "
                    "finance. Ask one of them for what you need to know."
                )
            )

    # ------------------------------------------------------------
    # SECTIONS
    # ------------------------------------------------------------

    def _get_sections(self, contract, lang=None):
        """Return the parts of the page, each with its rows.

        :rtype: list of dicts with ``title``, ``rows``, ``hidden`` and ``is_cut``
        """
        report = self.with_context(lang=lang or self.env.lang)
        contract = contract.with_env(report.env)
        return [
            report._prepare_section(section)
            for section in report._get_section_list(contract)
        ]

    def _get_section_list(self, contract):
        """Return the descriptions of the sections in order of the chain.

        Keys: ``title``, ``model``, ``domain``, ``steps`` (label, field of the
        moment, field of the person) and, where there is one, ``order``, ``amount``
        (field), ``currency`` (field), ``facts`` (function of the record, returns
        what else is worth knowing) and ``for_auditor`` (auditors see the rows
        without rights on the model).
        """
        return [
            *self._get_request_sections(contract),
            *self._get_tender_sections(contract),
            *self._get_contract_sections(contract),
            *self._get_form_sections(contract),
            *self._get_consequence_sections(contract),
            *self._get_bill_sections(contract),
            *self._get_gate_sections(contract),
        ]

    def _prepare_section(self, section):
        Model = self.env[section["model"]]
        domain = Domain(section["domain"])
        if section.get("for_auditor") and self.env.user.has_group(AUDITOR):
            # Number, day, person and amount of what belongs to the contract.
            # sudo: auditors have no right on the model and read it in their companies.
            Model = Model.sudo()
            domain &= Domain("company_id", "in", self.env.companies.ids)
        result = {"title": section["title"], "rows": [], "hidden": False}
        if not Model.has_access("read"):
            return {**result, "hidden": True, "is_cut": False}
        records = Model.search(domain, order=section.get("order", "id"), limit=ROWS + 1)
        for record in records[:ROWS]:
            result["rows"] += self._prepare_rows(section, record)
        return {**result, "is_cut": len(records) > ROWS}

    def _prepare_rows(self, section, record):
        """Return a row for each step that the record has taken, the first with facts.

        A record without any step still has a row: it exists.
        """
        steps = [
            (label, record[when], record[who] if who else False)
            for label, when, who in section["steps"]
            if record[when]
        ] or [("", False, False)]
        amount = section.get("amount")
        facts = section.get("facts")
        first = {
            # sudo: a hold is named after its bill, as in lists, without a right to it.
            "name": record.sudo().display_name,
            "model": record._name,
            "id": record.id,
            "url": f"/odoo/{record._name}/{record.id}",
            "facts": facts(record) if facts else "",
            "amount": record[amount] if amount else None,
            "currency": record[section.get("currency", "currency_id")]
            if amount
            else None,
        }
        rows = []
        for label, when, who in steps:
            rows.append(
                {**first, "step": label, "when": self._tell(when), "who": _name(who)}
            )
            first = {"name": "", "facts": "", "amount": None}
        return rows

    # ------------------------------------------------------------
    # TEXTS
    # ------------------------------------------------------------

    def _tell(self, moment):
        """Return a date or a moment as the reader writes it."""
        if not moment:
            return ""
        if hasattr(moment, "hour"):
            company = self.env.company
            return company._outsourcing_format_moment(moment, company.outsourcing_tz)
        return format_date(self.env, moment)

    def _label(self, record, name):
        """Return the translated label of a selection."""
        labels = record._fields[name]._description_selection(self.env)
        return dict(labels).get(record[name], "")

    def _join(self, *facts):
        return " · ".join(str(fact) for fact in facts if fact)


def _name(who):
    """Return the name of a person, whether a record or a text."""
    return who if isinstance(who, str) else who and who.display_name or ""

"""Quality forms: contracts x 12 months x 20 metrics.

Fourteen metrics count source rows (one query each), four are entered by hand, two are
formulas.
"""

from datetime import date

from lxml import etree

from odoo import Command

from odoo.addons.vendor_quality.models.form.vendor_quality_form_collect import collect

from .scoring_fixture import MONTHS, START, SUBJECT, Fixture

BATCH = 250


class QualityForms:
    """Collects, recounts, opens and ranks, as the nightly jobs and the screens do."""

    def set_up(self, env, count, rows, singles, figures, contracts):
        Fixture(env, contracts).build()
        officer = env["res.users"].create(
            {
                "name": "Officer",
                "login": "bench_officer",
                "group_ids": [
                    Command.link(env.ref("vendor_quality.group_quality_officer").id)
                ],
            }
        )
        self.officer_id = officer.id
        self.contract_ids = (
            env["outsourcing.contract"].search([("subject", "=", SUBJECT)]).ids
        )
        self.form_ids = []
        if any(figure != "collect all" for figure in figures):
            self.collect_all(env)
            env["vendor.quality.recompute"].search([]).unlink()
        self.approve_some(env)
        # As the server does by itself after a while.
        for table in ("form", "form_line", "deduction"):
            env.cr.execute(f"ANALYZE vendor_quality_{table}")

    def approve_some(self, env):
        """The ranking counts approved forms: those of the last three months."""
        env.cr.execute(
            "UPDATE vendor_quality_form SET state = 'approved'"
            " WHERE id = ANY(%s) AND date_end > '2025-09-30'",
            [self.form_ids],
        )
        env.invalidate_all()

    def prepare_collect_all(self, env):
        """Take away the forms that the other figures need."""
        env.cr.execute(
            "DELETE FROM vendor_quality_deduction WHERE form_id = ANY(%s)",
            [self.form_ids],
        )
        env.cr.execute(
            "DELETE FROM vendor_quality_form WHERE id = ANY(%s)", [self.form_ids]
        )
        env.invalidate_all()

    def collect_all(self, env):
        """From nothing: make, count and score the forms of twelve months."""
        forms = env["vendor.quality.form"]
        made = []
        for start in range(0, len(self.contract_ids), BATCH):
            contracts = env["outsourcing.contract"].browse(
                self.contract_ids[start : start + BATCH]
            )
            made += forms._propose_for(contracts, date.fromisoformat(START)).ids
            env.flush_all()
            env.invalidate_all()
        if not self.form_ids:
            self.form_ids = made
        return len(made)

    def recount_all(self, env):
        """A full rebuild of every form that is still open."""
        forms = env["vendor.quality.form"].search(
            [("id", "in", self.form_ids), ("state", "=", "collected")], order="id"
        )
        quiet = forms.with_context(tracking_disable=True)
        for start in range(0, len(forms), BATCH * MONTHS):
            collect(quiet[start : start + BATCH * MONTHS])
            env.flush_all()
            env.invalidate_all()
        return len(forms)

    def recount_2_percent(self, env):
        """One item of every fiftieth round fails after all: the job works it off."""
        env.cr.execute(
            "UPDATE vendor_quality_inspection_line SET result = 'fail'"
            " WHERE mod(inspection_id, 50) = 0 AND name = 'Item 0'"
            " RETURNING inspection_id"
        )
        ids = [inspection_id for (inspection_id,) in env.cr.fetchall()]
        env["vendor.quality.inspection"].browse(ids)._list_quality_days()
        # The job itself commits after each batch.
        listed = env["vendor.quality.recompute"]
        contracts = listed._get_contracts()
        for start in range(0, len(contracts), BATCH):
            listed._recompute_for(contracts[start : start + BATCH])
            env.flush_all()
        return len(ids)

    def open_a_form(self, env):
        """What the client asks for when a form is opened."""
        forms = env["vendor.quality.form"].with_user(self.officer_id)
        form = forms.browse(self.form_ids[0])
        arch = etree.fromstring(form.get_view(view_type="form")["arch"])
        self.shown = form.web_read(get_specification(form, arch))
        return 1

    def rank(self, env):
        """The ranking of every vendor, as its list shows it."""
        ranking = env["vendor.quality.ranking"].with_context(
            vendor_quality_date_from="2025-01-01", vendor_quality_date_to="2025-12-31"
        )
        names = [name for name, field in ranking._fields.items() if field.store]
        self.shown = ranking.search_read([], names, limit=80)
        self.ranked = ranking.search_count([])
        return 1

    def check(self, env, figure, items):
        if figure == "collect all":
            assert items == len(self.contract_ids) * MONTHS, f"{items} forms"
        elif figure in ("open a form", "rank"):
            assert self.shown, "nothing to see"


def get_specification(records, node):
    """Return what ``web_read`` reads for the fields of a view."""
    specification = {}
    for child in node.iterfind(".//field"):
        field = records._fields.get(child.get("name"))
        if field is None or any(
            parent.tag == "field" for parent in child.iterancestors()
        ):
            continue
        inner = {}
        if field.relational:
            lines = records.env[field.comodel_name]
            sub = child.find("list")
            inner = {
                "fields": {"display_name": {}}
                if sub is None
                else {
                    item.get("name"): {"fields": {"display_name": {}}}
                    if lines._fields[item.get("name")].relational
                    else {}
                    for item in sub.iterfind("field")
                }
            }
        specification[field.name] = inner
    return specification

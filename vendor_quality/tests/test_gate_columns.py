import re

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ..models.gate.account_move import DECIDED_ON
from ..models.gate.account_move_line import DECIDED_ON as DECIDED_ON_LINE
from ..models.gate.vendor_quality_gate_reader import CORE_COLUMNS, OWN_MODELS

TABLE = re.compile(r"\b(?:FROM|JOIN)\s+(\w+)\s+(?:AS\s+)?(\w+)")
COLUMN = re.compile(r"\b(\w+)\.(\w+)\b")
KEYWORDS = {"ON", "WHERE", "LEFT", "JOIN", "ORDER", "GROUP", "OFFSET"}
# set when the row is inserted, or never changed
FIXED = {"id", "create_date"}
# the bill is judged by its own verb, or the value says nothing about money
NOT_DECIDED_ON = {
    "account.move": {"origin_payment_id", "reversed_entry_id", "state"}
    # core refuses another journal once the bill had a number
    | {"journal_id"},
}


@tagged("post_install", "-at_install")
class TestGateColumns(TransactionCase):
    """Lists of columns that the gate keeps by hand agree with its queries."""

    def _get_read_columns(self):
        """Return ``{model: columns}`` that the queries of the gate read."""
        Reader = self.env["vendor.quality.gate.reader"]
        moves = self.env["account.move"]
        queries = [
            Reader._sql_scope(moves),
            Reader._sql_bills(moves, moves),
            Reader._sql_entries(moves),
            Reader._sql_payees(self.env["account.payment"]),
            Reader._sql_taken(moves),
            Reader._sql_credited(moves),
            Reader._sql_outflows(moves),
            Reader._sql_open_money(SQL("1"), SQL("'1'"), "supplier"),
        ]
        models = {model._table: name for name, model in self.env.registry.items()}
        columns = {}
        for query in queries:
            code = query.code
            aliases = {
                alias: models[table]
                for table, alias in TABLE.findall(code)
                if table in models and alias not in KEYWORDS
            }
            for alias, column in COLUMN.findall(code):
                # an alias may name a table here and a part of the query there
                fields = self.env[aliases[alias]]._fields if alias in aliases else ()
                if column in fields and column not in FIXED:
                    columns.setdefault(aliases[alias], set()).add(column)
        return columns

    def test_every_column_that_is_read_is_flushed(self):
        columns = self._get_read_columns()
        self.assertIn("account.move.line", columns)
        decisions = "vendor.quality.decision"  # written by SQL itself
        for model, names in columns.items():
            if model in OWN_MODELS or model == decisions:
                continue
            self.assertLessEqual(names, set(CORE_COLUMNS.get(model, ())), model)

    def test_what_is_read_of_a_bill_is_judged_again_on_a_change(self):
        columns = self._get_read_columns()
        results = self.env["account.move"]._vendor_quality_get_ledger_results()
        links = {"vendor_quality_deduction_form_id"}
        self.assertLessEqual(
            columns["account.move"] - results - links,
            DECIDED_ON | NOT_DECIDED_ON["account.move"],
        )
        # a line belongs where its entry does; core computes what is matched
        links |= {"company_id", "journal_id", "reconciled"}
        self.assertLessEqual(columns["account.move.line"] - links, DECIDED_ON_LINE)

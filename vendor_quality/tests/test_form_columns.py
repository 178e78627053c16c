import ast
import inspect
import textwrap

from odoo.tests import TransactionCase, tagged

from ..models.form.vendor_quality_form_billing import VendorQualityForm
from ..models.gate.account_move import BOUND
from ..models.gate.account_move_line import AMOUNTS

LINK = "vendor_quality_deduction_form_id"


@tagged("post_install", "-at_install")
class TestFormColumns(TransactionCase):
    """Lists of fields kept by hand agree with what the ledger of a form reads."""

    def test_amounts_of_a_line_are_followed(self):
        Line = self.env["account.move.line"]
        inputs = {
            name
            for result in ("amount_currency", "price_subtotal")
            for name in self.registry.field_depends[Line._fields[result]]
            if "." not in name and Line._fields[name].store
        }
        self.assertIn("price_unit", inputs)
        # The currency is that of the bill, which is bound.
        self.assertLessEqual(inputs - {"currency_id"}, AMOUNTS)

    def test_what_the_ledger_reads_of_a_credit_note_is_bound(self):
        fields = self.env["account.move"]._fields
        source = textwrap.dedent(inspect.getsource(VendorQualityForm._get_ledgers))
        nodes = list(ast.walk(ast.parse(source)))
        read = {
            node.attr
            for node in nodes
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "note"
        }
        self.assertIn("reversed_entry_id", read)
        [domain] = [
            node.args[0]
            for node in nodes
            if isinstance(node, ast.Call)
            and "account.move'" in ast.unparse(node.func)
            and node.func.attr == "search"
        ]
        read |= {condition.elts[0].value for condition in domain.elts}
        entered = {name for name in read if not fields[name].compute}
        # The link has its own check, and the state its own verbs.
        self.assertLessEqual(entered - {LINK, "state"}, BOUND)

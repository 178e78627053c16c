"""Ways of writing that Odoo 19 ignores, deprecates or refuses, which no linter sees.

Each rule is a line of a table: what it looks for, and what to write instead.
"""

import ast

import pytest
import repo

# names bound in a class body -> instead
CLASS_NAMES = {
    "_sql_constraints": "models.Constraint or models.UniqueIndex",
    "_constraints": "@api.constrains",
}
# keywords of fields -> instead
FIELD_KEYWORDS = {
    "group_operator": "aggregator=",
    "auto_join": "bypass_search_access=",
    "states": "readonly= in the view",
    "track_visibility": "tracking=",
    "select": "index=",
    "oldname": "a migration",
}
# modules that must not be imported -> instead
IMPORTS = {
    "odoo.osv": "odoo.fields.Domain",
    "odoo.orm": "odoo.api, odoo.fields, odoo.models",
    "odoo.tools.safe_eval": "data instead of code (other people's text is data)",
    "mock": "unittest.mock",
}
# methods that must not be called -> instead
CALLS = {
    "check_access_rights": "check_access",
    "check_access_rule": "check_access",
    "_filter_access_rules": "_filtered_access",
    "_filter_access_rules_python": "_filtered_access",
    "read_group": "_read_group",
    "toggle_active": "action_archive or action_unarchive",
    "name_get": "display_name",
    "_check_recursion": "_has_cycle",
    "_check_m2m_recursion": "_has_cycle",
    "fields_view_get": "get_view",
    "user_has_groups": "env.user.has_group",
    "_apply_ir_rules": "_search",
    "_flush_search": "nothing: the ORM flushes",
    "get_resource_path": "odoo.tools.file_path",
    "get_module_resource": "odoo.tools.file_path",
    "utcnow": "fields.Datetime.now()",
    "_company_default_get": "env.company",
}
# methods that must not be defined -> instead
DEFINITIONS = {
    "name_get": "_compute_display_name",
    "_name_search": "_search_display_name or _rec_names_search",
    "fields_view_get": "_get_view",
    "_read_group_process_groupby": "_read_group_groupby",
}
# beginnings of the names of what people call -> they get no "Expected singleton"
ACTS = ("action_", "validate_tier", "reject_tier", "add_comment")
ATTRIBUTES = {
    "_cr": "env.cr",
    "_uid": "env.uid",
    "_context": "env.context",
    "groups_id": "group_ids",
}
FORBIDDEN_PARAMETERS = ("ids", "context")


def findings(path):
    """What is wrong in a Python file: ``(line, text)``."""
    checks = TEST_CHECKS if "tests" in path.parts else CHECKS
    for node in ast.walk(repo.tree(path)):
        if checks is TEST_CHECKS and _imports_registry(node):
            continue
        for check in checks:
            for text in check(node):
                yield node.lineno, text


def _imports_registry(node):
    """Fake models of tests are registered by the one function that can do it."""
    return isinstance(node, ast.ImportFrom) and node.module == "odoo.orm.model_classes"


def _class_names(node):
    if isinstance(node, ast.ClassDef):
        for statement in node.body:
            for target in getattr(statement, "targets", []):
                name = getattr(target, "id", None)
                if name in CLASS_NAMES:
                    yield f"{name}: use {CLASS_NAMES[name]}"


def _field_keywords(node):
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "fields"
    ):
        for keyword in node.keywords:
            if keyword.arg in FIELD_KEYWORDS:
                yield f"{keyword.arg}=: use {FIELD_KEYWORDS[keyword.arg]}"


def _imports(node):
    names = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and not node.level:
        names = [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
        if node.module == "odoo" and any(a.name == "_" for a in node.names):
            yield "import of _: use self.env._"
        if node.module == "odoo.tests.common" and any(
            a.name == "Form" for a in node.names
        ):
            yield "odoo.tests.common.Form: use odoo.tests.Form"
    for name in names:
        for forbidden, instead in IMPORTS.items():
            if name == forbidden or name.startswith(forbidden + "."):
                yield f"import of {forbidden}: use {instead}"
                return


def _calls(node):
    if not isinstance(node, ast.Call):
        return
    name = getattr(node.func, "attr", None)
    if name in CALLS:
        yield f"{name}(): use {CALLS[name]}"
    if getattr(node.func, "id", None) == "_":
        yield "_(): use self.env._()"
    if getattr(node.func, "id", None) in ("eval", "exec"):
        yield f"{node.func.id}(): other people's text is data"
    if name == "commit" and ast.unparse(node.func.value).split(".")[-1] == "cr":
        yield "cr.commit(): the request or ir.cron._commit_progress does it"


def _deletion_guards(node):
    if isinstance(node, ast.Call) and getattr(node.func, "attr", None) == "ondelete":
        for keyword in node.keywords:
            if keyword.arg == "at_uninstall" and not keyword.value.value:
                yield "api.ondelete(): use @guards_deletion, which no context lifts"


def _attributes(node):
    if isinstance(node, ast.Attribute) and node.attr in ATTRIBUTES:
        yield f".{node.attr}: use {ATTRIBUTES[node.attr]}"


def _stacked(node):
    if not isinstance(node, ast.FunctionDef):
        return
    names = [
        decorator.func.attr
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and hasattr(decorator.func, "attr")
    ]
    for name in ("constrains", "depends", "depends_context", "onchange"):
        if names.count(name) > 1:
            yield f"{node.name}: only the first @api.{name} counts, write one"


def _definitions(node):
    if not isinstance(node, ast.FunctionDef):
        return
    if node.name in DEFINITIONS:
        yield f"def {node.name}: use {DEFINITIONS[node.name]}"
    decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
    if node.name == "create" and "api.model" in decorators:
        yield "create: use @api.model_create_multi"
    is_method = node.args.args and node.args.args[0].arg == "self"
    is_route = any("route(" in decorator for decorator in decorators)
    if is_method and not is_route and not node.name.startswith("_"):
        for argument in node.args.args + node.args.kwonlyargs:
            if argument.arg in FORBIDDEN_PARAMETERS:
                yield f"{node.name}: a public method has no parameter {argument.arg}"
    for decorator in node.decorator_list:
        text = ast.unparse(decorator)
        if "route(" in text and "type='json'" in text:
            yield f"{node.name}: type='jsonrpc' instead of 'json'"


def _acts_on_one(node):
    """Acts on one record, and what they call first, ask for it in a sentence."""
    if not isinstance(node, ast.ClassDef):
        return
    methods = {
        part.name: part for part in node.body if isinstance(part, ast.FunctionDef)
    }
    for name, act in methods.items():
        calls = _calls_of_self(act)
        if not name.startswith(ACTS) or "check_one(self)" in map(ast.unparse, calls):
            continue
        for call in calls:
            called = methods.get(getattr(call.func, "attr", None))
            if called and "self.ensure_one()" in map(
                ast.unparse, _calls_of_self(called)
            ):
                yield f"{called.name}: use check_one(self), as {name} asks for it"
            if ast.unparse(call) == "self.ensure_one()":
                yield f"{name}: use check_one(self)"


def _calls_of_self(method):
    """Return the calls of methods of ``self``, and those with ``self`` alone."""
    return [
        part
        for part in ast.walk(method)
        if isinstance(part, ast.Call)
        and (
            ast.unparse(getattr(part.func, "value", part.func)) == "self"
            or [ast.unparse(value) for value in part.args] == ["self"]
        )
    ]


CHECKS = (
    _acts_on_one,
    _class_names,
    _field_keywords,
    _imports,
    _calls,
    _attributes,
    _definitions,
    _stacked,
    _deletion_guards,
)
# tests of races commit, attackers call what nobody should
TEST_CHECKS = (_class_names, _field_keywords, _attributes)


@pytest.mark.parametrize("module", repo.MODULES)
def test_python(module):
    wrong = [
        f"{repo.short(path)}:{line}: {text}"
        for path in repo.files(module, ".py")
        for line, text in findings(path)
    ]
    assert not wrong, "\n".join(wrong)


def xml_findings(root):
    """What is wrong in an XML file: ``(line, text)``."""
    for node in root.iter():
        if not isinstance(node.tag, str):
            continue
        for text in _xml_node(node):
            yield node.sourceline, text


def _xml_node(node):
    if node.tag in ("tree", "data", "openerp"):
        instead = {"tree": "<list>", "data": "no wrapper", "openerp": "<odoo>"}
        # <data noupdate="1"> beside other records has no other way of saying it
        yield f"<{node.tag}>: use {instead[node.tag]}"
    for name in ("attrs", "states"):
        if node.get(name):
            yield f"{name}=: use invisible=, readonly=, required="
    for name in ("t-raw", "t-esc"):
        if node.get(name) is not None:
            yield f"{name}: use t-out"
    if node.get("t-name") == "kanban-box":
        yield "t-name kanban-box: use card"
    if "oe_chatter" in (node.get("class") or "").split():
        yield "oe_chatter: use <chatter/>"
    if node.tag == "group" and node.get("expand") is not None:
        yield "<group expand>: a search view's group has no attributes"
    if "context_today().strftime" in (node.get("domain") or ""):
        yield "context_today().strftime: write the date as 'today -7d'"
    if node.tag == "field":
        yield from _xml_field(node)


def _xml_field(node):
    name = node.get("name")
    parent = node.getparent()
    model = parent.get("model") if parent is not None else None
    text = (node.text or "").strip()
    if name == "groups_id":
        yield "groups_id: use group_ids"
    if name == "view_mode" and "tree" in text.split(","):
        yield "view_mode tree: use list"
    if model == "res.groups" and name in ("category_id", "users"):
        yield f"{name} of res.groups: use privilege_id, user_ids"
    if model == "ir.cron" and name in ("numbercall", "doall"):
        yield f"{name} of ir.cron is gone"


@pytest.mark.parametrize("module", repo.MODULES)
def test_xml(module):
    wrong = [
        f"{repo.short(path)}:{line}: {text}"
        for path in repo.files(module, ".xml")
        for line, text in xml_findings(repo.xml(path))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("module", repo.MODULES)
def test_models_are_declared_well(module):
    """Lists of parents need a name; every class says what its records are."""
    wrong = []
    for model in repo.models(module):
        if len(model.inherit) > 1 and "_name" not in model.values:
            wrong.append(f"{model}: _inherit is a list, _name is missing")
        if model.is_new and "_description" not in model.values:
            wrong.append(f"{model}: _description is missing")
        if model.is_new and not ast.get_docstring(model.node):
            wrong.append(f"{model}: no docstring says what a record is")
    assert not wrong, "\n".join(wrong)


PLANTED = """
from odoo import _, fields, models
from odoo.osv import expression

class Planted(models.Model):
    _name = "planted"
    _sql_constraints = []
    total = fields.Float(group_operator="sum")

    def name_get(self):
        self.env.cr.commit()
        self.check_access_rights("read")
        return _("x"), self._uid, self.read_group([], [], [])

    @api.depends("a")
    @api.depends("b")
    def public(self, ids):
        pass

    def action_plan(self):
        self.ensure_one()

    def action_show(self):
        return self._show()

    def _show(self):
        self.ensure_one()
"""
PLANTED_XML = """<odoo><data>
<record id="a" model="res.groups"><field name="category_id" ref="b"/></record>
<tree><group expand="0"/><t t-name="kanban-box"/><div class="oe_chatter"/></tree>
</data></odoo>"""


def test_planted_mistakes_are_found(tmp_path):
    """A deny-list that finds nothing anywhere would be worth nothing."""
    path = tmp_path / "planted.py"
    path.write_text(PLANTED)
    texts = " ".join(text for _line, text in findings(path))
    for word in (
        "_sql_constraints",
        "group_operator",
        "odoo.osv",
        "def name_get",
        "cr.commit",
        "check_access_rights",
        "self.env._()",
        "_uid",
        "read_group",
        "parameter ids",
        "only the first @api.depends",
        "action_plan: use check_one(self)",
        "_show: use check_one(self), as action_show",
    ):
        assert word in texts
    root = repo.etree.fromstring(PLANTED_XML)
    texts = " ".join(text for _line, text in xml_findings(root))
    for word in ("<data>", "category_id", "<tree>", "expand", "kanban-box", "chatter"):
        assert word in texts

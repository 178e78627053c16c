"""Who may do what is written down for every model."""

import pytest
import repo

PERMISSIONS = ("perm_read", "perm_write", "perm_create", "perm_unlink")
OUTSIDERS = ("base.group_portal", "base.group_public")


def concrete(module):
    """Models with records of their own."""
    return [
        model
        for model in repo.models(module)
        if model.is_new and model.kind != "AbstractModel"
    ]


def access_rows(module):
    """The rows of the access list."""
    path = repo.ROOT / module / "security" / "ir.model.access.csv"
    return repo.rows(path) if path.exists() else []


def rules(module):
    """The record rules: ``(path, record)``."""
    return [
        (path, record)
        for path in repo.files(module, ".xml")
        for record in repo.xml(path).iter("record")
        if record.get("model") == "ir.rule"
    ]


def external_name(reference):
    """The name of a model as its external id spells it."""
    return reference.rpartition(".")[2].removeprefix("model_")


def field(record, name):
    """A field of a record in XML, or None."""
    return record.find(f"field[@name='{name}']")


@pytest.fixture(params=repo.MODULES)
def module(request):
    return request.param


def test_every_model_has_access_rights(module):
    known = {external_name(row["model_id:id"]) for row in access_rows(module)}
    missing = [
        model for model in concrete(module) if model.name.replace(".", "_") not in known
    ]
    assert not missing


def test_access_names_a_group(module):
    without = [row["id"] for row in access_rows(module) if not row["group_id:id"]]
    assert not without, "an access right without a group is everybody's"


def test_access_ids_are_unique(module):
    ids = [row["id"] for row in access_rows(module)]
    assert len(ids) == len(set(ids))


def test_access_rights_are_of_known_models(module):
    names = {model.name.replace(".", "_") for model in repo.all_models()}
    unknown = [
        row["id"]
        for row in access_rows(module)
        if "." not in row["model_id:id"]
        and external_name(row["model_id:id"]) not in names
    ]
    assert not unknown


def test_outsiders_read_at_most(module):
    """Vendors and requesters write through controllers, never by access right."""
    too_much = [
        row["id"]
        for row in access_rows(module)
        if row["group_id:id"] in OUTSIDERS
        and any(row[name] == "1" for name in PERMISSIONS[1:])
    ]
    assert not too_much


def test_company_rules(module):
    """Every model with a company has a global rule that keeps companies apart."""
    kept_apart = {
        external_name(field(record, "model_id").get("ref"))
        for other in repo.MODULES
        for _path, record in rules(other)
        if field(record, "groups") is None
        and "compan" in (field(record, "domain_force").text or "")
    }
    missing = [
        model
        for model in concrete(module)
        if model.kind == "Model"
        and any("company_id" in part.fields for part in repo.ancestors(model.name))
        and model.name.replace(".", "_") not in kept_apart
    ]
    assert not missing


def test_companies_are_checked(module):
    """Odoo looks at check_company= of a field only where the model asks for it."""
    missing = []
    for model in concrete(module):
        parts = repo.ancestors(model.name)
        keywords = {
            keyword.arg
            for part in parts
            for call in part.fields.values()
            for keyword in call.keywords
        }
        if "check_company" in keywords and not any(
            part.values.get("_check_company_auto") for part in parts
        ):
            missing.append(model)
    assert not missing, "_check_company_auto = True is missing"


def test_rules_name_their_permissions(module):
    unclear = [
        f"{repo.short(path)}: {record.get('id')} lacks {name}"
        for path, record in rules(module)
        for name in PERMISSIONS
        if field(record, name) is None
    ]
    assert not unclear, "\n".join(unclear)


def test_rules_have_a_domain(module):
    without = [
        record.get("id")
        for _path, record in rules(module)
        if field(record, "domain_force") is None
        or not (field(record, "domain_force").text or "").strip()
    ]
    assert not without

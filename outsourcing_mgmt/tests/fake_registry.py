from odoo.tests import new_test_user

from odoo.addons.base.tests.common import BaseCommon

from .fake_person import InProcess


class FakeModelsCommon(InProcess, BaseCommon):
    """Registers the fake documents and gives every employee rights on them.

    The registry is extended as OCA's own tests for 19.0 do it; the loader of
    odoo-test-helper 2.1 calls methods that this registry no longer has.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        from odoo.orm.model_classes import add_to_registry

        from .fake_models import (
            OutsourcingFakeDocument,
            OutsourcingFakeLine,
            OutsourcingStockDocument,
        )

        definitions = (
            OutsourcingFakeDocument,
            OutsourcingFakeLine,
            OutsourcingStockDocument,
        )
        cls.fake_names = [definition._name for definition in definitions]
        # Undone last: the fields of the fakes leave the triggers of other models.
        cls.addClassCleanup(cls._forget_fakes)
        for definition in definitions:
            add_to_registry(cls.registry, definition)
        cls.registry._setup_models__(cls.env.cr, cls.fake_names)
        cls.registry.init_models(cls.env.cr, cls.fake_names, {"models_to_check": True})
        cls.env["ir.model.access"].create(
            [
                {
                    "name": name,
                    "model_id": cls.env["ir.model"]._get_id(name),
                    "group_id": cls.env.ref("base.group_user").id,
                    "perm_read": True,
                    "perm_write": True,
                    "perm_create": True,
                    "perm_unlink": True,
                }
                for name in cls.fake_names
            ]
        )
        cls.reviewers = cls.env["res.groups"].create({"name": "Reviewers"})
        cls.chief_reviewers = cls.env["res.groups"].create(
            {"name": "Chief reviewers", "implied_ids": [(4, cls.reviewers.id)]}
        )
        manager = "outsourcing_mgmt.group_outsourcing_manager"
        cls.author = cls._new_user("author")
        cls.reviewer = cls._new_user("reviewer")
        cls.chief = cls._new_user("chief")
        cls.stranger = cls._new_user("stranger")
        cls.manager = cls._new_user("manager", f"base.group_user,{manager}")
        cls.reviewers.user_ids = [(4, cls.reviewer.id)]
        cls.chief_reviewers.user_ids = [(4, cls.chief.id)]

    @classmethod
    def _forget_fakes(cls):
        for name in cls.fake_names:
            del cls.registry[name]
        cls.registry._setup_models__(cls.env.cr)

    @classmethod
    def _new_user(cls, login, groups="base.group_user"):
        return new_test_user(cls.env, f"fake_{login}", groups=groups)

    @classmethod
    def _define(cls, model, group, sequence=30, **values):
        return cls.env["tier.definition"].create(
            {
                "name": group.name,
                "model_id": cls.env["ir.model"]._get_id(model),
                "review_type": "group",
                "reviewer_group_id": group.id,
                "exclude_requester": True,
                "approve_sequence": True,
                "sequence": sequence,
                "company_id": False,
                **values,
            }
        )

    @classmethod
    def _create_document(cls, submitted=True, **values):
        document = (
            cls.env["outsourcing.fake.document"]
            .with_user(cls.author)
            .create({"name": "Paper", "amount": 100, **values})
        )
        if submitted:
            document.write({"state": "submitted"})
            document.request_validation()
        return document

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .test_people_assessment import RELEASE, AssessedCommon
from .test_quality_complaint import ComplaintCommon

WORDS = {
    "itsm.assessment": "zqassessed",
    "itsm.meeting": "zqconfided",
    "itsm.complaint": "zqcomplained",
}
"""A word of the private text of each, that stands nowhere else."""
TEXTS = ("char", "text", "html")
REFUSALS = (
    AccessError,
    UserError,
    ValueError,
    TypeError,
    KeyError,
    NotImplementedError,
)
"""Of what cannot be asked."""


@tagged("post_install", "-at_install")
class TestTraces(AssessedCommon, ComplaintCommon):
    """What is private is found by others in no model that they read, and by no path."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(RELEASE):
            word = WORDS["itsm.assessment"]
            assessment = cls._write_one(remark=f"Reliable, {word}.")
            assessment.action_release()
            assessment.message_post(body=f"Said {word}")
            cls.env["ir.attachment"].with_user(cls.lead).create(
                {
                    "name": f"{word}.txt",
                    "raw": word.encode(),
                    "mimetype": "text/plain",
                    "res_model": assessment._name,
                    "res_id": assessment.id,
                }
            )
            word = WORDS["itsm.meeting"]
            meeting = (
                cls.env["itsm.meeting"]
                .with_user(cls.lead)
                .create(
                    {
                        "technician_id": cls.technician.id,
                        "planned_at": "2026-04-10 06:00:00",
                    }
                )
            )
            cls.env["itsm.meeting.action"].with_user(cls.lead).create(
                {
                    "meeting_id": meeting.id,
                    "name": f"Learn {word}",
                    "user_id": cls.technician.id,
                    "date_deadline": "2026-05-01",
                }
            )
            meeting.message_post(body=f"Said {word}")
            meeting.minutes = f"We talked of {word}."
            meeting.action_done()
            word = WORDS["itsm.complaint"]
            complaint = cls._complain(
                subject=f"No {word} for days", description=f"I called {word}."
            )
            mine = cls._answer(complaint)
            mine.message_post(body=f"Asked {word}")
        cls.env.flush_all()
        talks = ["itsm.assessment", "itsm.meeting"]
        cls.strangers = {
            cls.colleague: [*talks, "itsm.complaint"],
            cls.portal: [*talks, "itsm.complaint"],
            cls.other_lead: talks,
            cls.requester: talks,
            cls.quality: talks,
            cls.manager: ["itsm.meeting"],
            cls.boss: [*talks, "itsm.complaint"],
            # He sees cause and outcome of what was said without name and ticket.
            cls.technician: ["itsm.complaint"],
        }

    def _find(self, model, domain):
        """Return what a user finds; nothing where he may not ask."""
        self.is_asked = True
        try:
            with self.cr.savepoint(), mute_logger("odoo.sql_db"):
                return model.search(domain, limit=1)
        except (*REFUSALS, psycopg2.Error):
            self.is_asked = False
            return model.browse()

    def _get_paths(self, model, private):
        """Yield what may be searched of a model: its texts, and those behind it."""
        for name, field in model._fields.items():
            # Names of records are made of other fields.
            if name == "display_name" or not model._has_field_access(field, "read"):
                continue
            if field.type in TEXTS and (field.store or field.search or field.related):
                yield name
            elif field.relational and field.comodel_name in private:
                for inner, text in self.env[field.comodel_name]._fields.items():
                    if text.type in TEXTS and text.store:
                        yield f"{name}.{inner}"

    def test_words_are_found_by_nobody_else(self):
        behind = {"mail.message", "mail.activity", "ir.attachment", *WORDS}
        behind |= {"itsm.assessment.line", "itsm.assessment.exclusion"}
        asked = 0
        for user, private in self.strangers.items():
            words = [WORDS[name] for name in private]
            for name in self.registry:
                model = self.env[name].with_user(user)
                if model._abstract or model._transient or not model.has_access("read"):
                    continue
                asked += 1
                paths = list(self._get_paths(model, behind))
                leaves = [[(path, "ilike", word)] for path in paths for word in words]
                if self._find(model, Domain.OR(leaves)) == model.browse():
                    # One path that cannot be asked must not hide the others.
                    leaves = [] if self.is_asked else leaves
                for leaf in leaves:
                    with self.subTest(user=user.login, model=name, leaf=leaf):
                        self.assertFalse(self._find(model, leaf))
        self.assertGreater(asked, 500)

    def test_the_words_are_there(self):
        """Those who may read find them: the search above looks in the right places."""
        for private, user in (
            ("itsm.assessment", self.lead),
            ("itsm.meeting", self.technician),
            ("itsm.complaint", self.quality),
        ):
            messages = self.env["mail.message"].with_user(user)
            with self.subTest(private):
                found = self._find(messages, [("body", "ilike", WORDS[private])])
                self.assertEqual(found.model, private)

import logging

from odoo import api, fields, models

from ..base.grants import server_create, server_write
from ..base.working_days import get_day

_logger = logging.getLogger(__name__)

ACTIVITY = "itsm_desk.mail_activity_type_training"
LATE_ACTIVITY = "itsm_desk.mail_activity_type_training_late"
MANAGER = "itsm_desk.group_itsm_manager"
LATE_DAYS = 7
"""So many days after the lead was told of an article not read, managers are told."""


class ItsmTrainingBook(models.Model):
    """The reading lists of a book: who reads what by when, and who is reminded.

    The reader has a task; of what was not read in time the lead of the reader's team,
    and a week later the managers, until it is read or no longer needed.

    Called in sudo: lists are written by the server.
    """

    _inherit = "itsm.training.book"

    # ------------------------------------------------------------
    # SCHEDULED JOB
    # ------------------------------------------------------------

    @api.model
    def _cron_follow(self):
        """Put new versions on the lists, and remind readers; each book by itself."""
        books = self.search([("state", "=", "released")], order="id")
        for left, book in zip(range(len(books) - 1, -1, -1), books, strict=True):
            try:
                with self.env.cr.savepoint():
                    self._follow(book)
            except Exception:
                _logger.exception("Reading lists of book %s were left", book.id)
            if not self.env["ir.cron"]._commit_progress(1, remaining=left):
                return

    @api.model
    def _follow(self, book):
        book._sync()
        book._call_leads()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _stamp_release(self):
        server_write(self, {"released_at": fields.Datetime.now()})

    def _get_readers(self):
        """Return who reads it: technicians who are still with the desk."""
        self.ensure_one()
        desk = self.env.ref("itsm_desk.group_itsm_technician").all_user_ids
        users = (self.team_ids.member_ids | self.reader_ids) & desk
        return users.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )

    def _get_wanted(self):
        """Return ``{(version id, user id): (version, user, line)}`` to be read now."""
        self.ensure_one()
        if self.state != "released":
            return {}
        lines = {
            line.article_id.version_id: line
            for line in self.line_ids
            if line.article_id.version_id
        }
        versions = self.env["itsm.article.version"].union(*lines)
        wanted = {}
        for user in self._get_readers():
            # sudo: off, so that only what the reader may read comes on the list
            readable = versions.with_user(user).sudo(False)._filtered_access("read")
            for version in versions.browse(readable.ids):
                wanted[version.id, user.id] = (version, user, lines[version])
        return wanted

    def _sync(self):
        """Let the lists be what the books say; what was read is kept."""
        readings = self.env["itsm.training.reading"]
        for book in self:
            rows = readings.search([("book_id", "=", book.id)])
            known = {(row.version_id.id, row.user_id.id): row for row in rows}
            wanted = book._get_wanted()
            gone = [
                row.id
                for key, row in known.items()
                if row.state == "open" and key not in wanted
            ]
            back = [
                row.id
                for key, row in known.items()
                if row.state == "dropped" and key in wanted
            ]
            server_write(readings.browse(gone), {"state": "dropped"})
            due = fields.Date.add(
                get_day(book.company_id, fields.Datetime.now()), days=book.reading_days
            )
            server_write(readings.browse(back), {"state": "open", "date_due": due})
            new = [
                {
                    "book_id": book.id,
                    "line_id": line.id,
                    "article_id": line.article_id.id,
                    "version_id": version.id,
                    "title": version.name,
                    "user_id": user.id,
                    "date_due": due,
                }
                for key, (version, user, line) in wanted.items()
                if key not in known
            ]
            if new:
                server_create(readings, new)
            book._call_readers(rows.user_id | book._get_readers())

    def _call_readers(self, users):
        """Give each reader one task for what is open, due when the first one is."""
        self.ensure_one()
        kind = self.env.ref(ACTIVITY)
        rows = self.env["itsm.training.reading"]._read_group(
            [
                ("book_id", "=", self.id),
                ("user_id", "in", users.ids),
                ("state", "=", "open"),
            ],
            ["user_id"],
            ["__count", "date_due:min"],
        )
        wanted = {user: (count, due) for user, count, due in rows}
        for task in self.activity_ids.filtered(
            lambda item: item.activity_type_id == kind and item.user_id in users
        ):
            count, due = wanted.pop(task.user_id, (0, None))
            if not count:
                task.unlink()
            elif (task.date_deadline, task.summary) != (due, self._get_summary(count)):
                task.write({"date_deadline": due, "summary": self._get_summary(count)})
        for user, (count, due) in wanted.items():
            self.activity_schedule(
                ACTIVITY,
                user_id=user.id,
                date_deadline=due,
                summary=self._get_summary(count),
            )

    def _call_leads(self):
        """Give leads, later managers, one task for what their people did not read."""
        self.ensure_one()
        kind = self.env.ref(LATE_ACTIVITY)
        today = get_day(self.company_id, fields.Datetime.now())
        rows = self.env["itsm.training.reading"].search(
            [
                ("book_id", "=", self.id),
                ("state", "=", "open"),
                ("date_due", "<", today),
            ]
        )
        wanted = {}
        for row in rows:
            for user in self._get_told(row, today):
                wanted.setdefault(user, set()).add(row.user_id)
        for task in self.activity_ids.filtered(
            lambda item: item.activity_type_id == kind
        ):
            late = wanted.pop(task.user_id, None)
            if not late:
                task.unlink()
            elif task.summary != (summary := self._get_late_summary(late)):
                task.summary = summary
        for user, late in wanted.items():
            self.activity_schedule(
                LATE_ACTIVITY,
                user_id=user.id,
                date_deadline=today,
                summary=self._get_late_summary(late),
            )

    def _get_told(self, row, today):
        """Return who is told that ``row`` is late: leads, or managers after a week."""
        teams = self.env["itsm.team"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("member_ids", "in", row.user_id.ids),
            ]
        )
        leads = (teams.leader_id - row.user_id).filtered("active")
        if leads and (today - row.date_due).days <= LATE_DAYS:
            return leads
        return self._flow_get_users_of(MANAGER, excluded=row.user_id)[:3]

    def _get_late_summary(self, readers):
        names = sorted(user.name for user in readers)
        return self.env._(
            "Not read in time: %(book)s, %(readers)s",
            book=self.name,
            readers=", ".join(names[:5]) + (" ..." if names[5:] else ""),
        )

    def _get_summary(self, count):
        return self.env._("%(count)s to read: %(book)s", count=count, book=self.name)

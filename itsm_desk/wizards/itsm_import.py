import base64
import binascii
from collections import Counter
from time import monotonic

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_list

from ..models.base.grants import server_create
from ..models.base.working_days import get_day
from ..models.importing import neighbour_tables
from ..models.importing.taking_over import (
    AUDIENCES,
    MODELS,
    PREPARING,
    STATES,
    Names,
    NotUnderstood,
    make,
    taking_over,
)
from ..tools.import_layout import LayoutError, read_file
from ..tools.one_record import check_one

MOST_FAULTS = 200
MOST_TRIED = 500
"""Lines of one run, understood or not."""
MOST_SECONDS = 25
"""Of one run, after which it ends, too: a worker has a minute."""
MOST_COMPARING = 10
"""Seconds in which the names of all other lines are compared with ours."""
LINES_AT_ONCE = 1000

CHOICES = {"state": ("open", "closed"), "audience": AUDIENCES}
"""Words of the layout, in columns that know no others."""


class _Undo(Exception):
    """Takes back a line that was only tried."""


class ItsmImport(models.TransientModel):
    """Takes tickets or articles of another system over.

    From a CSV or XLSX file, or from OCA's modules in the same database. *Try* does all
    of it and takes it back: the report says what would become of each line. *Import*
    does it; lines that were not understood are left, and what is imported again makes
    nothing twice. One run ends after ``MOST_TRIED`` lines or ``MOST_SECONDS``; the next
    one goes on with those that this window has not tried yet. Of all others a trial
    compares the names, each once. For managers of the desk.
    """

    _name = "itsm.import"
    _description = "Import from Another System"

    origin = fields.Selection(
        selection="_get_origins",
        string="Source System",
        required=True,
        default="file",
        help="Modules are offered that are installed in this database. They are read "
        "with your rights there, and nothing is written to them.",
    )
    has_neighbours = fields.Boolean(compute="_compute_has_neighbours")
    kind = fields.Selection(
        selection=[("ticket", "Tickets"), ("article", "Articles")],
        required=True,
        default="ticket",
    )
    source = fields.Char(
        string="Other System",
        help="Its name. With it and the key of a line nothing is imported twice.",
    )
    team_id = fields.Many2one(
        comodel_name="itsm.team",
        string="Team Where None Is Named",
        default=lambda self: self._default_team_id(),
        domain="[('company_id', '=', allowed_company_ids[0])]",
        help="Of tickets that name neither a team nor a service that has one.",
    )
    with_closed = fields.Boolean(
        string="Closed Tickets as History",
        default=True,
        help="They are found and read here: with no clock, no mail, no owner, and in "
        "no figure. Otherwise they are left.",
    )
    day_order = fields.Selection(
        selection=[
            ("dmy", "Day, month, year"),
            ("mdy", "Month, day, year"),
            ("ymd", "Year, month, day"),
        ],
        string="Order of Day and Month",
        help="Of days that are numbers alone, such as 03/04/24. Others are read as "
        "they stand: 2024-04-03, 3-Apr-24, 2024年4月3日. A year of two digits is "
        "of this century up to the year of today, else of the last one.",
    )
    file = fields.Binary(attachment=False)
    file_name = fields.Char()
    report = fields.Html(readonly=True, sanitize=True)
    refused_keys = fields.Text(
        readonly=True,
        export_string_translation=False,
        help="Keys that were not understood, one a line, the last tried one last.",
    )

    # ------------------------------------------------------------
    # SELECTION, DEFAULT AND COMPUTE METHODS
    # ------------------------------------------------------------

    def _default_team_id(self):
        teams = self.env["itsm.team"]
        return teams.search([("company_id", "=", self.env.company.id)], limit=1)

    @api.model
    def _get_origins(self):
        labels = {
            "helpdesk_mgmt": self.env._("OCA's Helpdesk (helpdesk_mgmt)"),
            "document_page": self.env._("OCA's Document Page (document_page)"),
        }
        return [
            ("file", self.env._("A CSV or XLSX file")),
            *(
                (module, label)
                for module, label in labels.items()
                if neighbour_tables.is_installed(self.env, module)
            ),
        ]

    @api.depends("origin")
    def _compute_has_neighbours(self):
        for window in self:
            window.has_neighbours = len(self._get_origins()) > 1

    @api.onchange(
        "origin", "kind", "source", "team_id", "with_closed", "day_order", "file"
    )
    def _onchange_what(self):
        """What was tried is another import now: it is tried first."""
        self.report = False

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_try(self):
        """Say what would become of each line, and change nothing."""
        check_one(self)
        return self._run(is_trial=True)

    def action_import(self):
        """Take over what is understood."""
        check_one(self)
        return self._run(is_trial=False)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _run(self, is_trial):
        self._check_manager()
        lines, faults, left_there = self._find_lines()
        keys = self._get_known_keys(lines)
        waiting, refused = self._sort_waiting(lines, keys)
        remarks, marks = Counter(), Counter()
        names = Names(self.env)
        made = tried = 0
        end = monotonic() + MOST_SECONDS
        for line in waiting[:MOST_TRIED]:
            if tried and monotonic() > end:
                break
            tried += 1
            key = line.values["key"]
            refused.pop(key, None)
            if fault := self._take_over(line, names, is_trial, (remarks, marks)):
                faults.append(fault)
                refused[key] = True
            else:
                made += 1
        self.refused_keys = "\n".join(refused)
        rest = waiting[tried:]
        unread = 0
        if is_trial:
            found, unread = self._read_ahead(rest, names, refused)
            faults += found
        left = [line.values["key"] in refused for line in rest]
        known = len(lines) - len(waiting)
        self.report = Markup("").join(
            [
                self._describe_made(made, is_trial),
                self._describe_marks(marks),
                *self._describe_left(left, is_trial),
                self._describe_known(known),
                self._describe_faults(faults),
                self._describe_unread(unread),
                self._describe_remarks(remarks),
                self._describe_left_there(left_there),
            ]
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import from Another System"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _find_lines(self):
        """Return lines, faults, and what is left in the other module."""
        if self.origin == "file":
            lines, faults = self._read()
            lines, left_there = self._leave_closed(lines)
            faults = [self._describe_fault(*fault) for fault in faults]
            return lines, faults, left_there
        if self.origin not in dict(self._get_origins()):
            raise UserError(self.env._("%s is not installed here.", self.origin))
        waiting = neighbour_tables.find_lines(self.env, self.origin, self.with_closed)
        return waiting.lines, [], waiting.left

    def _leave_closed(self, lines):
        """Return the lines that are taken over, and how many are left, with why."""
        if self.with_closed:
            return lines, []
        kept = [line for line in lines if not _is_closed(line)]
        left = len(lines) - len(kept)
        return kept, [("closed", left)] if left else []

    def _get_source(self):
        """Return kind and name of the other system, which keys belong to."""
        if self.origin == "file":
            return self.kind, self.source.strip()
        return neighbour_tables.NEIGHBOURS[self.origin][1], self.origin

    def _check_manager(self):
        if not self.env.user.has_group("itsm_desk.group_itsm_manager"):
            raise AccessError(
                self.env._("Managers of the service desk import from other systems.")
            )

    def _read(self):
        if not self.file or not (self.source or "").strip():
            raise UserError(
                self.env._("Choose a file, and name the system that it comes from.")
            )
        try:
            content = base64.b64decode(self.file or b"", validate=True)
        except (binascii.Error, ValueError) as error:
            raise UserError(
                self.env._("The file did not arrive. Choose it again.")
            ) from error
        try:
            today = get_day(self.env.company, fields.Datetime.now())
            return read_file(content, self.kind, today, self.day_order)
        except LayoutError as error:
            raise UserError(self._describe_layout(error)) from error

    def _describe_layout(self, error):
        texts = {
            "size": self.env._(
                "The file has more than %s MB. Divide it.", error.detail
            ),
            "lines": self.env._(
                "The file has more than %s lines. Divide it.", error.detail
            ),
            "columns": self.env._(
                "The first line must name these columns: %s.", error.detail
            ),
            "double": self.env._(
                "The first line names these columns twice: %s. Nobody knows which one "
                "is meant.",
                error.detail,
            ),
            "encoding": self.env._(
                "The file is in none of these encodings: UTF-8, UTF-16, GB18030, "
                "Windows-1252."
            ),
            "quotes": self.env._(
                "Line %s: a quotation mark is not closed, or stands where none may be. "
                'A mark inside a text is written twice: "".',
                error.detail,
            ),
            "large": self.env._("The file is too large when unpacked. Divide it."),
            "xlsx": self.env._(
                "This is no Excel workbook (.xlsx) that can be read. Save it once more "
                "in that format, or as CSV."
            ),
        }
        return texts[error.code]

    def _describe_fault(self, number, code, detail):
        """Return ``(number, text)`` of what the layout did not understand."""
        texts = {
            "unknown": self.env._('nobody reads the column "%s"', detail),
            "empty": self.env._('"%s" is empty', detail),
            "formula": self.env._(
                '"%s" is a formula without its result: save the file once more in a '
                "spreadsheet program",
                detail,
            ),
            "long": self.env._('"%s" is too long', detail),
            "day": self.env._(
                "%s is no day that has been: write it as 2026-02-28", detail
            ),
            "order": self.env._(
                "%s may be one of several days: choose the order of day and month "
                "above",
                detail,
            ),
            "more": self.env._(
                "it has more cells than the first line: a text with a comma, semicolon "
                "or tab stands in quotation marks"
            ),
            "twice": self.env._("has the key of line %s", detail),
        }
        return number, texts[code]

    def _get_known_keys(self, lines):
        """Return the keys of the lines that were taken over before."""
        kind, source = self._get_source()
        # sudo: which lines are known is asked for the whole company
        rows = self.env["itsm.import.key"].sudo()
        found = rows.search(
            [
                ("company_id", "=", self.env.company.id),
                ("source", "=", source),
                ("kind", "=", kind),
                ("key", "in", [line.values["key"] for line in lines]),
            ]
        )
        return set(found.mapped("key"))

    def _sort_waiting(self, lines, known):
        """Return lines that were not taken over, and the keys of refused ones.

        Those that were not understood before come last, the longest ago first: they
        would hold back all others for ever.

        :return: ``(lines, {key: True})``, the keys in the order of the trials
        """
        waiting = [line for line in lines if line.values["key"] not in known]
        keys = {line.values["key"] for line in waiting}
        before = (self.refused_keys or "").split("\n")
        refused = {key: True for key in before if key in keys}
        places = {key: place for place, key in enumerate(refused, start=1)}
        waiting.sort(key=lambda line: places.get(line.values["key"], 0))
        return waiting, refused

    def _take_over(self, line, names, is_trial, counts):
        """Make the record of a line; ``(number, text)`` where it is not understood.

        :param Names names: of this run
        :param tuple counts: two counters: one gets ``(column, value)`` of what was left
            out of it, the other ``closed`` and ``team`` where that is so
        """
        remarks, marks = counts
        kind, _source = self._get_source()
        try:
            with taking_over(is_trial), self.env.cr.savepoint():
                taken = self._prepare(line, names, is_trial)
                values = {**taken.values, "company_id": self.env.company.id}
                found = self._add_team(values) if kind == "ticket" else []
                found += ["closed"] if taken.is_closed else []
                record = make(self.env[MODELS[kind]], values, taken.is_closed)
                neighbour_tables.add_to(record, taken)
                self._note(line, record)
                if is_trial:
                    self.env.flush_all()
                    raise _Undo
            remarks.update(taken.remarks)
            marks.update(found)
        except _Undo:
            self.env.invalidate_all()
            remarks.update(taken.remarks)
            marks.update(found)
        except NotUnderstood as error:
            return line.number, self._describe_unknown(error)
        except UserError as error:
            self.env.invalidate_all()
            return line.number, str(error)
        return None

    def _read_ahead(self, lines, names, refused):
        """Compare the names of lines of a file that are not tried yet with ours.

        Nobody imports half of it to hear of the line before the last.

        :param Names names: of this run
        :param refused: keys that were said before
        :return: ``(faults, how many lines were not read)``
        """
        faults, texts = [], {}
        if self.origin != "file":
            return faults, 0
        end = monotonic() + MOST_COMPARING
        for at in range(0, len(lines), LINES_AT_ONCE):
            if monotonic() > end:
                return faults, len(lines) - at
            part = lines[at : at + LINES_AT_ONCE]
            names.read_ahead(part)
            for line in part:
                try:
                    if line.values["key"] not in refused:
                        self._judge_names(line, names)
                except NotUnderstood as error:
                    if error.args not in texts:
                        texts[error.args] = self._describe_unknown(error)
                    faults.append((line.number, texts[error.args]))
        return faults, 0

    def _judge_names(self, line, names):
        """Raise ``NotUnderstood`` where a line names what is not known here."""
        judged = {**line.values, "description": "", "body": "", "note": ""}
        PREPARING[self.kind](names, judged, self.source)

    def _describe_unknown(self, error):
        words = CHOICES.get(error.column)
        if words:
            return self.env._(
                '%(column)s "%(value)s" is not known here: write %(words)s',
                column=error.column,
                value=error.value or "",
                words=format_list(self.env, words, "or"),
            )
        return self.env._(
            '%(column)s "%(value)s" is not known here, or is not the only one',
            column=error.column,
            value=error.value or "",
        )

    def _prepare(self, line, names, is_trial):
        """Return what a line becomes, as a ``Taken``."""
        key = line.values["key"]
        if self.origin != "file":
            return neighbour_tables.read_line(self.env, self.origin, key, is_trial)
        kind, source = self._get_source()
        values, note = PREPARING[kind](names, line.values, source)
        is_closed = kind == "ticket" and _is_closed(line)
        return neighbour_tables.Taken(values, note, [], [], [], is_closed)

    def _add_team(self, values):
        """Give a ticket the team of the window, where nothing else names one.

        :return: ``["team"]`` where it was needed, else an empty list
        """
        service = self.env["itsm.service"].browse(values.get("service_id", []))
        if values.get("team_id") or service.team_id or not self.team_id:
            return []
        if self.team_id.company_id != self.env.company:
            raise UserError(
                self.env._(
                    "%s belongs to another company: choose a team of this one.",
                    self.team_id.name,
                )
            )
        values["team_id"] = self.team_id.id
        return ["team"]

    def _note(self, line, record):
        """Keep which record the line became."""
        kind, source = self._get_source()
        # sudo: rows are written by the import alone
        rows = self.env["itsm.import.key"].sudo()
        server_create(
            rows,
            {
                "company_id": self.env.company.id,
                "source": source,
                "kind": kind,
                "key": line.values["key"],
                "res_id": record.id,
                "res_model": record._name,
            },
        )

    def _describe_left(self, left, is_trial):
        """Return what is said of the lines that one run did not reach.

        :param list left: of each line whether it was tried before, in this window
        """
        again = sum(left)
        fresh = len(left) - again
        texts = []
        if fresh and is_trial:
            texts.append(
                self.env._(
                    "%(count)s more lines were not tried: one run tries %(most)s "
                    "lines, or %(seconds)s seconds. Import these first.",
                    count=fresh,
                    most=MOST_TRIED,
                    seconds=MOST_SECONDS,
                )
            )
        elif fresh:
            texts.append(self.env._("%s lines are left. Press Import again.", fresh))
        if again:
            texts.append(
                self.env._(
                    "%s lines that were not understood before were not tried again.",
                    again,
                )
            )
        return [Markup("<p><b>%s</b></p>") % text for text in texts]

    def _describe_unread(self, count):
        """Say of how many lines not even the names were compared."""
        if not count:
            return Markup()
        text = self.env._(
            "The names in the last %(count)s of them were not compared with those "
            "here, as %(seconds)s seconds had passed.",
            count=count,
            seconds=MOST_COMPARING,
        )
        return Markup("<p><b>%s</b></p>") % text

    def _describe_made(self, made, is_trial):
        head = (
            self.env._("%s lines would be taken over. Nothing was changed.", made)
            if is_trial
            else self.env._("%s lines were taken over.", made)
        )
        return Markup("<p><b>%s</b></p>") % head

    def _describe_known(self, known):
        if not known:
            return Markup()
        return Markup("<p>%s</p>") % self.env._(
            "%s lines were taken over before and are left.", known
        )

    def _describe_faults(self, faults):
        """Return what was not understood, the first lines first."""
        if not faults:
            return Markup("<p>%s</p>") % self.env._(
                "Every line that was read was understood."
            )
        rows = [
            self.env._("line %(number)s: %(text)s", number=number, text=text)
            for number, text in sorted(faults)[:MOST_FAULTS]
        ]
        if len(faults) > MOST_FAULTS:
            rows.append(self.env._("and %s more", len(faults) - MOST_FAULTS))
        head = self.env._("%s lines were not understood:", len(faults))
        return self._make_list(head, rows)

    def _describe_marks(self, marks):
        """Return how many lines became history, and how many went to the team."""
        rows = []
        if count := marks["closed"]:
            rows.append(
                self.env._(
                    "%s of them closed, as history: no clock, no mail, in no figure",
                    count,
                )
            )
        if count := marks["team"]:
            rows.append(
                self.env._(
                    "%(count)s of them without a team, to %(team)s",
                    count=count,
                    team=self.team_id.name,
                )
            )
        return self._make_list("", rows) if rows else Markup()

    def _describe_remarks(self, remarks):
        """Return what was left out of lines that were taken over."""
        if not remarks:
            return Markup()
        rows = [
            self.env._(
                '%(column)s "%(value)s": %(count)s times',
                column=column,
                value=value,
                count=count,
            )
            for (column, value), count in remarks.most_common(MOST_FAULTS)
        ]
        head = self.env._("Taken over without what is not known here:")
        return self._make_list(head, rows)

    def _describe_left_there(self, left_there):
        """Return how many records of the other module are no lines."""
        texts = {
            "closed": self.env._("closed there, as the window leaves them out"),
            "archived": self.env._("archived there"),
            "hidden": self.env._("not yours to read there"),
        }
        if not left_there:
            return Markup()
        rows = [
            self.env._("%(count)s %(reason)s", count=count, reason=texts[reason])
            for reason, count in left_there
        ]
        return self._make_list(self.env._("Left where they are:"), rows)

    def _make_list(self, head, rows):
        items = Markup("").join(Markup("<li>%s</li>") % text for text in rows)
        return Markup("<p>%s</p><ul>%s</ul>") % (head, items)


def _is_closed(line):
    """Whether a line of a file says that its ticket was closed; unknown ones fail."""
    return STATES.get((line.values.get("state") or "").lower(), False)

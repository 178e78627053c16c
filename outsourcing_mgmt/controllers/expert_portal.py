import json

from werkzeug.exceptions import Conflict

from odoo import http
from odoo.exceptions import UserError
from odoo.http import content_disposition, request

from ..models.integrity.kept_files import check_intact
from ..models.platform.ir_http import reads_only
from ..models.tender import expert
from ..tools import upload
from ..tools.typed_number import read_number
from .tender_portal import MAX_TEXT_BYTES, TenderPortal


class ExpertPortal(TenderPortal):
    """The committee's page: declaration, documents, opened bids, own scores.

    A route finds the membership of the acting user and nothing else; what does not
    exist and what belongs to somebody else give the same 404.
    """

    # ------------------------------------------------------------
    # HELPERS
    # ------------------------------------------------------------

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        wanted = {"outsourcing_attend_count", "outsourcing_judge_count"}
        if "outsourcing_evaluation_count" in counters or wanted.intersection(counters):
            members = expert.find_memberships(request.env)
            values["outsourcing_evaluation_count"] = len(members)
        if wanted.intersection(counters):
            tasks = [expert.get_task(member) for member in members]
            values["outsourcing_attend_count"] = tasks.count("attend")
            values["outsourcing_judge_count"] = sum(map(tasks.count, expert.WORK))
        return values

    def _find_member(self, member_id):
        """Return the membership of the acting user, with sudo, or end the request."""
        member = expert.find_memberships(request.env, member_id)
        if not member:
            raise request.not_found()
        return member

    def _stream(self, record, field, name):
        try:
            check_intact(record)
        except UserError as error:
            request.env.cr.rollback()
            raise Conflict(str(error)) from None
        stream = request.env["ir.binary"]._get_stream_from(
            record, field, filename=upload.clean_path(name)
        )
        return stream.get_response(as_attachment=True)

    # ------------------------------------------------------------
    # READ
    # ------------------------------------------------------------

    @http.route(
        "/my/evaluations", type="http", auth="user", website=True, readonly=reads_only
    )
    def my_evaluations(self, **kwargs):
        members = expert.find_memberships(request.env)
        return request.render(
            "outsourcing_mgmt.portal_my_evaluations",
            self._prepare_page(
                "my_evaluations",
                rows=[(member, expert.get_task(member)) for member in members],
            ),
        )

    @http.route(
        "/my/evaluations/<int:member_id>",
        type="http",
        auth="user",
        website=True,
        readonly=reads_only,
    )
    def my_evaluation(self, member_id, **kwargs):
        return self._render_evaluation(self._find_member(member_id))

    def _render_evaluation(self, member, typed=None, problems=None, conclusions=None):
        """Show the evaluation; with what was ``typed`` in place of what is kept.

        :param dict typed: fields of a form that was refused
        :param dict problems: ``{score id: (name of the field, what is wrong)}``
        :param dict conclusions: ``{hint id: text}`` that was refused
        """
        scores = expert.get_scores(member)
        may_read = member.state == "appointed" and member.conflict_state == "clear"
        problems = problems or {}
        roles = dict(member._fields["role"]._description_selection(request.env))
        return request.render(
            "outsourcing_mgmt.portal_my_evaluation",
            self._prepare_page(
                "my_evaluation",
                member.tender_id,
                member=member,
                task=expert.get_task(member),
                documents=member.tender_id.document_ids.filtered(
                    lambda item: may_read and item.state == "published"
                ),
                bids=expert.get_bids(member),
                outliers=expert.get_outliers(member),
                hints=expert.find_hints(member),
                scores_of=scores.grouped("bid_id"),
                role=roles[member.role],
                typed=typed,
                conclusions=conclusions or {},
                problems=problems,
                first_problem=scores.filtered(lambda score: score.id in problems)[:1],
            ),
            status=200 if typed is None and conclusions is None else 422,
        )

    @http.route(
        "/my/evaluations/<int:member_id>/documents/<int:document_id>",
        type="http",
        auth="user",
        readonly=reads_only,
    )
    def my_evaluation_document(self, member_id, document_id, **kwargs):
        member = self._find_member(member_id)
        document = member.tender_id.document_ids.filtered(
            lambda item: item.id == document_id and item.state == "published"
        )
        if not document or member.conflict_state != "clear":
            raise request.not_found()
        return self._stream(document, "file", document.file_name or document.name)

    @http.route(
        "/my/evaluations/<int:member_id>/bids/<int:bid_id>/files/<int:file_id>",
        type="http",
        auth="user",
        readonly=reads_only,
    )
    def my_evaluation_file(self, member_id, bid_id, file_id, **kwargs):
        member = self._find_member(member_id)
        file = expert.get_file(member, bid_id, file_id)
        if not file:
            raise request.not_found()
        return (
            request.env["ir.binary"]
            ._get_stream_from(file, filename=upload.clean_path(file.name))
            .get_response(as_attachment=True)
        )

    @http.route(
        "/outsourcing/tender/<int:tender_id>/evaluation.json",
        type="http",
        auth="user",
        readonly=reads_only,
    )
    def evaluation_bundle(self, tender_id, **kwargs):
        """The evaluation as a file; its own rule says who may have it."""
        tender = request.env["outsourcing.tender"].browse(tender_id).exists()
        if not tender or not tender.has_access("read"):
            raise request.not_found()
        bundle = tender.get_evaluation_bundle()
        name = f"{tender.name.replace('/', '-')}.json"
        return request.make_response(
            json.dumps(bundle, ensure_ascii=False, indent=1),
            [
                ("Content-Type", "application/json; charset=utf-8"),
                ("Content-Disposition", content_disposition(name)),
                ("Cache-Control", "no-store"),
            ],
        )

    # ------------------------------------------------------------
    # ACTS
    # ------------------------------------------------------------

    @http.route(
        "/my/evaluations/<int:member_id>/declare",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=MAX_TEXT_BYTES,
    )
    def my_evaluation_declare(self, member_id, conflict="", note="", **post):
        member = self._find_member(member_id)
        try:
            self._declare(member, conflict, note)
        except UserError as error:
            request.env.cr.rollback()
            self._flash(str(error), "danger")
            return self._render_evaluation(member, {"conflict_note": note})
        self._flash(request.env._("Thank you for your declaration."))
        return request.redirect(f"/my/evaluations/{member_id}")

    def _declare(self, member, conflict, note):
        if conflict not in ("yes", "no"):
            raise UserError(request.env._("Say whether you have a conflict."))
        given = "conflict" if conflict == "yes" else "clear"
        if member.declared_date and member.conflict_state == given:
            # A second click.
            return
        member.action_declare(has_conflict=conflict == "yes", note=note[:4000])

    @http.route(
        "/my/evaluations/<int:member_id>/attend",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def my_evaluation_attend(self, member_id, **post):
        member = self._find_member(member_id)
        return self._act(
            # A second click finds the presence noted.
            lambda: member._is_present() or member.action_attend(),
            f"/my/evaluations/{member_id}",
            request.env._("Your presence is noted for the opening record."),
        )

    @http.route(
        "/my/evaluations/<int:member_id>/score",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=MAX_TEXT_BYTES,
    )
    def my_evaluation_score(self, member_id, step="save", **post):
        """Keep what is typed, and then hand it in where the pressed button says so.

        What is typed stays when it cannot be handed in yet, and on the page that says
        what is missing.
        """
        member = self._find_member(member_id)
        problems = {}
        try:
            problems = expert.save_scores(member, self._read_scores(post))
            if problems:
                raise UserError("\n".join(text for _name, text in problems.values()))
            if step == "submit":
                with request.env.cr.savepoint():
                    expert.submit_scores(member)
        except UserError as error:
            self._flash(str(error), "danger")
            problems = problems or expert.find_incomplete(member)
            return self._render_evaluation(member, post, problems)
        done = request.env._("Your scores are kept. Submit them when they are final.")
        if step == "submit":
            done = request.env._("Your scores are submitted.")
        self._flash(done)
        return request.redirect(f"/my/evaluations/{member_id}")

    def _read_scores(self, post):
        """Return ``{score id: {name: text}}`` from the fields of the form."""
        values = {}
        for name, text in post.items():
            prefix, _dash, score = name.rpartition("-")
            number = read_number(score)
            if prefix in ("value", "verdict", "comment") and number:
                values.setdefault(number, {})[prefix] = text
        return values

    @http.route(
        "/my/evaluations/<int:member_id>/scores/<int:score_id>/explain",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=MAX_TEXT_BYTES,
    )
    def my_evaluation_explain(self, member_id, score_id, step="", text="", **post):
        member = self._find_member(member_id)
        again = step == "again"
        try:
            expert.answer_outlier(member, score_id, text, again)
        except UserError as error:
            request.env.cr.rollback()
            self._flash(str(error), "danger")
            typed = {f"explanation-{score_id}": text}
            problems = {score_id: ("explanation", str(error))}
            return self._render_evaluation(member, typed, problems)
        done = request.env._("Thank you for your explanation.")
        if again:
            done = request.env._("Give the points once more, with a remark.")
        self._flash(done)
        return request.redirect(f"/my/evaluations/{member_id}")

    @http.route(
        "/my/evaluations/<int:member_id>/hints/<int:hint_id>",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=MAX_TEXT_BYTES,
    )
    def my_evaluation_hint(self, member_id, hint_id, step="", text="", **post):
        """Hear the vendors whose bids have something in common, or settle it."""
        member = self._find_member(member_id)
        done = request.env._("Your conclusion is kept.")
        if step == "hear":
            done = request.env._("Each vendor is asked, apart from the others.")
        return self._act(
            lambda: expert.answer_hint(member, hint_id, step, text),
            f"/my/evaluations/{member_id}",
            done,
            lambda: self._render_evaluation(member, conclusions={hint_id: text}),
        )

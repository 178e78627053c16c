import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { getDataURLFromFile } from "@web/core/utils/urls";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const MAX_FILE_BYTES = 10 * 1024 * 1024;

/**
 * Says whether a question is asked, as tools/form_answers.py does.
 *
 * @param {Object} question
 * @param {Object[]} questions of the form
 * @param {Object} answers by question id
 * @returns {boolean}
 */
export function isAsked(question, questions, answers) {
    const seen = new Set();
    while (question?.condition_id) {
        const answer = answers[question.condition_id];
        if (seen.has(question.id) || !question.condition_values.includes(answer)) {
            return false;
        }
        seen.add(question.id);
        const conditionId = question.condition_id;
        question = questions.find((one) => one.id === conditionId);
    }
    return true;
}

/**
 * The questions of a form with their answers, in one field of the ticket.
 */
export class FormAnswers extends Component {
    static template = "itsm_desk.FormAnswers";
    static props = { ...standardFieldProps };

    setup() {
        this.notification = useService("notification");
    }

    get payload() {
        return this.props.record.data[this.props.name] || {};
    }

    get answers() {
        return this.payload.answers || {};
    }

    get questions() {
        const questions = this.payload.questions || [];
        return questions.filter((one) => isAsked(one, questions, this.answers));
    }

    get given() {
        return this.payload.given || [];
    }

    value(question) {
        return this.answers[question.id] ?? "";
    }

    inputId(question) {
        return `${this.props.name}_${question.id}`;
    }

    text(question) {
        const value = this.value(question);
        switch (question.kind) {
            case "yes_no":
                return { yes: _t("Yes"), no: _t("No") }[value] || "";
            case "choice":
            case "equipment":
                return question.choices.find(([id]) => id === value)?.[1] || "";
            case "file":
                return value.name || "";
            default:
                return value;
        }
    }

    isMissing(question) {
        const value = this.value(question);
        if (value === "") {
            return question.need !== "optional";
        }
        return ["text", "long_text"].includes(question.kind)
            ? value.trim().length < question.min_length
            : false;
    }

    onInput() {
        this.props.record.model.bus.trigger("FIELD_IS_DIRTY", true);
    }

    async update(question, value) {
        const answers = { ...this.answers, [question.id]: value };
        await this.props.record.update({
            [this.props.name]: { ...this.payload, answers },
        });
    }

    onChange(question, ev) {
        const text = ev.target.value;
        const isId = ["choice", "equipment"].includes(question.kind);
        let value = isId && text ? Number(text) : text;
        if (question.kind === "number" && text) {
            value = Number(text);
        }
        return this.update(question, value === "" ? null : value);
    }

    async onFile(question, ev) {
        const file = ev.target.files[0];
        if (!file) {
            return;
        }
        if (file.size > MAX_FILE_BYTES) {
            ev.target.value = "";
            this.notification.add(_t("A file may have 10 MB."), { type: "danger" });
            return;
        }
        const data = (await getDataURLFromFile(file)).split(",", 2)[1];
        await this.update(question, { name: file.name, data });
    }
}

registry.category("fields").add("itsm_form_answers", {
    component: FormAnswers,
    supportedTypes: ["json"],
});

import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/**
 * Shows what the chosen service asks, and questions while their condition holds.
 */
export class TicketQuestions extends Interaction {
    static selector = ".o_itsm_new_form";
    dynamicContent = {
        "#service_id": { "t-on-change": this.load },
        ".o_itsm_questions": { "t-on-change": this.show },
        ".o_itsm_ask": { "t-att-class": () => ({ "d-none": true }) },
    };

    start() {
        this.box = this.el.querySelector(".o_itsm_questions");
        this.show();
    }

    async load() {
        const service = this.el.querySelector("#service_id").value;
        const url = `/my/service-tickets/new/questions?service_id=${encodeURIComponent(service)}`;
        const answer = await this.waitFor(fetch(url));
        const html = await this.waitFor(answer.text());
        // An answer for a service that was left again is not shown.
        if (answer.ok && service === this.el.querySelector("#service_id").value) {
            const page = new DOMParser().parseFromString(html, "text/html");
            this.box.replaceChildren(...page.body.childNodes);
            this.show();
        }
    }

    show() {
        const questions = [...this.box.querySelectorAll(".o_itsm_question")];
        for (const question of questions) {
            const { conditionId, conditionValues } = question.dataset;
            if (!conditionId) {
                continue;
            }
            // A question that is not asked has a disabled input, which is not sent.
            const condition = this.box.querySelector(`[name=question_${conditionId}]`);
            const isAsked =
                !condition ||
                (!condition.disabled && conditionValues.split(" ").includes(condition.value));
            question.classList.toggle("d-none", !isAsked);
            const input = question.querySelector("input, select, textarea");
            input.disabled = !isAsked;
            // Of equipment there may be none to choose.
            input.required = isAsked && (!input.options || input.options.length > 1);
            question.querySelector(".o_itsm_condition")?.classList.add("d-none");
        }
    }
}

registry.category("public.interactions").add("itsm_desk.ticket_questions", TicketQuestions);

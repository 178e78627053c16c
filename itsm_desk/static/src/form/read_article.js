import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { rpc } from "@web/core/network/rpc";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const SESSION_BYTES = 16;
const sessions = new WeakMap();

/**
 * Returns the key of one opening of a form.
 *
 * @param {Object} form
 * @returns {string}
 */
function getSession(form) {
    if (!sessions.has(form)) {
        const bytes = crypto.getRandomValues(new Uint8Array(SESSION_BYTES));
        const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0"));
        sessions.set(form, digits.join(""));
    }
    return sessions.get(form);
}

/**
 * Opens a suggested article as it was published.
 *
 * Tickets that whoever asks for himself did not file, because an article was read, are
 * counted; the form of the portal does the same.
 */
export class ReadArticle extends Component {
    static template = "itsm_desk.ReadArticle";
    static props = { ...standardWidgetProps };

    get url() {
        return `/service-knowledge/${this.props.record.resId}`;
    }

    noteOpened() {
        const form = this.props.record.model.root;
        const { channel, service_id, subject } = form.data;
        // Whoever sees no channel files for himself.
        if (!form.isNew || (channel && channel !== "portal")) {
            return;
        }
        rpc(
            "/my/service-tickets/opened",
            {
                session: getSession(form),
                article_id: this.props.record.resId,
                text: subject || "",
                service_id: service_id ? service_id.id : null,
            },
            { silent: true }
        ).catch(() => {});
    }
}

/**
 * Leaves a new ticket without filing it.
 *
 * Whoever may create, and not write, gets no icon to discard from core, and leaving by
 * any other way saves what was typed.
 */
export class LeaveForm extends Component {
    static template = "itsm_desk.LeaveForm";
    static props = { ...standardWidgetProps };

    async leave() {
        await this.props.record.discard();
        this.env.config.historyBack();
    }
}

registry.category("view_widgets").add("itsm_read_article", { component: ReadArticle });
registry.category("view_widgets").add("itsm_leave_form", { component: LeaveForm });

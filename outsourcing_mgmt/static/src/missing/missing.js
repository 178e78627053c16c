import { Component } from "@odoo/owl";

import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * All that a record lacks, a line each. A line leads to the field of the form, also
 * on another page of its notebook, and to the records where it is mended.
 */
export class MissingField extends Component {
    static template = "outsourcing_mgmt.Missing";
    static props = {
        ...standardFieldProps,
        pages: { type: Object, optional: true },
    };
    static defaultProps = { pages: {} };

    setup() {
        this.action = useService("action");
    }

    get rows() {
        return this.props.record.data[this.props.name] || [];
    }

    label(row) {
        return this.props.record.fields[row.field].string;
    }

    isOnForm(row) {
        return row.field && row.field in this.props.record.activeFields;
    }

    /** Turn to the page of the field, scroll to it and put the cursor into it. */
    async show(row, ev) {
        const form = ev.target.closest(".o_form_view");
        const page = this.props.pages[row.field];
        if (page) {
            form.querySelector(`.o_notebook a.nav-link[name='${page}']`)?.click();
            await new Promise((resolve) => requestAnimationFrame(resolve));
        }
        const field = form.querySelector(`.o_field_widget[name='${row.field}']`);
        field?.scrollIntoView({ block: "center" });
        field?.querySelector("input, textarea, .o_field_x2many_list_row_add a")?.focus();
    }

    open(link) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: link.model,
            res_id: link.id,
            views: [[false, "form"]],
        });
    }
}

export const missingField = {
    component: MissingField,
    supportedTypes: ["json"],
    extractProps: ({ options }) => ({ pages: options.pages || {} }),
};

registry.category("fields").add("outsourcing_missing", missingField);

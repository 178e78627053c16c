import { Component, onWillStart } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** What waits for the user, by role: each card opens the list that it counts. */
export class StartPage extends Component {
    static template = "outsourcing_mgmt.StartPage";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = { controlPanel: {} };
        onWillStart(async () => {
            this.parts = await this.orm.call(
                "outsourcing.request",
                "get_start_page",
                []
            );
        });
    }

    /** What is said where nothing waits for the user; "" where something does. */
    get emptyText() {
        if (!this.parts.length) {
            return _t(
                "No role of yours has work that is listed here. Ask an administrator for a role."
            );
        }
        const waits = this.parts.some((part) =>
            part.rows.some((row) => row.is_task && row.count)
        );
        return waits
            ? ""
            : _t("Nothing waits for you now. Each card opens its list all the same.");
    }

    async open(row) {
        const action = await this.orm.call("outsourcing.request", "get_start_list", [
            row.key,
        ]);
        return this.action.doAction(action);
    }
}

registry.category("actions").add("outsourcing_start_page", StartPage);

import { Component, onWillStart } from "@odoo/owl";

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

    async open(row) {
        const action = await this.orm.call("outsourcing.request", "get_start_list", [
            row.key,
        ]);
        return this.action.doAction(action);
    }
}

registry.category("actions").add("outsourcing_start_page", StartPage);

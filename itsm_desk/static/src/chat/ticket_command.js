import { Thread } from "@mail/core/common/thread_model";
import { registerMessageAction } from "@mail/core/common/message_actions";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { patch } from "@web/core/utils/patch";

const METHOD = "action_itsm_ticket";

/** Whether the user is an employee: others file tickets in the portal. */
function isEmployee(store) {
    return Boolean(store.self_partner && store.self.main_user_id?.share === false);
}

registry.category("discuss.channel_commands").add("ticket", {
    channel_types: ["channel", "chat", "group"],
    condition: ({ store }) => isEmployee(store),
    help: _t("File a ticket of this conversation; /ticket end stops what passes on"),
    methodName: METHOD,
});

patch(Thread.prototype, {
    /** @override */
    async executeCommand(command) {
        const action = await super.executeCommand(...arguments);
        if (command.methodName === METHOD && action) {
            this.store.env.services.action.doAction(action);
        }
        return action;
    },
});

registerMessageAction("itsm-ticket", {
    condition: ({ message, store, thread }) =>
        thread?.model === "discuss.channel" &&
        message.message_type === "comment" &&
        isEmployee(store),
    icon: "fa fa-life-ring",
    name: _t("File a Ticket"),
    onSelected: async ({ message, store, thread }) => {
        const { action, orm } = store.env.services;
        const window = await orm.call("discuss.channel", METHOD, [[thread.id]], {
            message_id: message.id,
        });
        action.doAction(window);
    },
    sequence: 90,
});

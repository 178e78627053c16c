import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const LINE = ".o_field_widget[name=finding_ids]";

/** Leave the row that is edited, and save: the next step begins on a form at rest. */
function saveLine() {
    return [
        { content: "Leave the line", trigger: ".oe_title h1", run: "click" },
        {
            content: "No line is edited",
            trigger: `${LINE}:not(:has(.o_selected_row)) .o_data_row`,
        },
        ...stepUtils.saveForm(),
    ];
}

registry.category("web_tour.tours").add("itsm_desk_morning", {
    steps: () => [
        {
            content: "Open the check of the team",
            trigger: ".o_list_view .o_data_row td[name=team_id]",
            run: "click",
        },
        {
            content: "Say why, in the line of the finding",
            trigger: `.o_form_view ${LINE} .o_data_row td[name=remark]`,
            run: "click",
        },
        {
            content: "The line is edited, and the remark has the cursor",
            trigger: `${LINE} .o_selected_row td[name=remark] :is(input, textarea):focus`,
        },
        {
            trigger: `${LINE} .o_selected_row td[name=remark] :is(input, textarea)`,
            run: "edit Taken up after the stand-up",
        },
        ...saveLine(),
        {
            content: "The remark is written down",
            trigger: `${LINE} .o_data_row td[name=remark]:contains('Taken up after')`,
        },
        {
            content: "Choose what is done about it",
            trigger: `${LINE} .o_data_row td[name=act]`,
            run: "click",
        },
        {
            content: "Open the acts",
            trigger: `${LINE} .o_selected_row td[name=act] input`,
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains('Talked to who owns it')",
            run: "click",
        },
        {
            content: "The acts are shut again",
            trigger: "body:not(:has(.o_select_menu_item))",
        },
        ...saveLine(),
        {
            content: "The act is written down, beside the remark",
            trigger: `${LINE} .o_data_row:has(td[name=act]:contains('Talked to')) td[name=remark]:contains('Taken up after')`,
        },
        {
            content: "Sign",
            trigger: ".o_statusbar_buttons button[name=action_sign]",
            run: "click",
        },
        {
            content: "It is signed",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('Signed')",
        },
    ],
});

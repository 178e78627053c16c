import { registry } from "@web/core/registry";

const CARD = ".o_kanban_record";

/** Give the camera's file input a picture, as a phone does after the shot. */
async function takePhoto({ anchor }) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 2400;
    canvas.getContext("2d").fillRect(0, 0, 2400, 1200);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    const input = anchor.parentElement.querySelector("input[type='file']");
    const transfer = new DataTransfer();
    transfer.items.add(new File([blob], "shot.png", { type: "image/png" }));
    input.files = transfer.files;
    input.dispatchEvent(new Event("change"));
}

registry.category("web_tour.tours").add("vendor_quality_inspection", {
    steps: () => [
        {
            content: "Pass with one tap",
            trigger: `${CARD}:contains(Floors) .o_answer_pass`,
            run: "click",
        },
        {
            content: "The answer is seen",
            trigger: `${CARD}:contains(Floors) .o_answer_pass.btn-success`,
        },
        {
            content: "Fail with one tap",
            trigger: `${CARD}:contains(Windows) .o_answer_fail`,
            run: "click",
        },
        {
            content: "The answer is seen",
            trigger: `${CARD}:contains(Windows) .o_answer_fail.btn-danger`,
        },
        {
            content: "The button opens the camera of a phone",
            trigger: `${CARD}:contains(Windows) .o_vendor_quality_photo:has(input[capture='environment']) button`,
            run: takePhoto,
        },
        {
            content: "The photo is seen",
            trigger: `${CARD}:contains(Windows) .o_vendor_quality_photo img`,
        },
        {
            content: "The round is done",
            trigger: "button[name='action_done']",
            run: "click",
        },
        {
            content: "It can no longer be answered",
            trigger: `.o_form_view:not(:has(.o_answer_pass)):has(${CARD}:contains(Windows))`,
        },
    ],
});

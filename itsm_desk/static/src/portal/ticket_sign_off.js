import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { _t } from "@web/core/l10n/translation";
import { NameAndSignature } from "@web/core/signature/name_and_signature";
import { reactive } from "@odoo/owl";

/**
 * Lets the requester draw a signature, or type a name, and sends it with the form.
 */
export class TicketSignOff extends Interaction {
    static selector = ".o_itsm_sign_off";
    dynamicContent = {
        _root: { "t-on-submit": this.onSubmit },
    };

    setup() {
        this.signature = reactive({
            name: this.el.dataset.name || "",
            isSignatureEmpty: true,
            getSignatureImage: () => "",
            resetSignature: () => {},
        });
    }

    start() {
        this.mountComponent(this.el.querySelector(".o_itsm_signature"), NameAndSignature, {
            signature: this.signature,
            displaySignatureRatio: 3,
            fontColor: "black",
        });
    }

    /**
     * @param {SubmitEvent} ev
     */
    onSubmit(ev) {
        if (ev.submitter?.value === "refuse") {
            return;
        }
        const error = this.el.querySelector(".o_itsm_signature_error");
        const image = this.signature.isSignatureEmpty ? "" : this.signature.getSignatureImage();
        const typed = this.el.querySelector("input[name='signed_name']").value.trim();
        if (!image && !typed) {
            ev.preventDefault();
            error.textContent = _t(
                "Sign in the field, or type your full name, before you send the form."
            );
            error.classList.remove("d-none");
            return;
        }
        this.el.querySelector("input[name='signature']").value = image.split(",")[1] || "";
    }
}

registry.category("public.interactions").add("itsm_desk.ticket_sign_off", TicketSignOff);

import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/**
 * Shows subtotals and the total of a bid while the vendor types.
 *
 * A help for the eye only: the server computes every amount again from the
 * prices when the form is saved, and nothing computed here is sent.
 */
export class BidForm extends Interaction {
    static selector = ".o_outsourcing_bid_form";
    dynamicContent = {
        "input[name^='price-']": { "t-on-input": this.updateTotals },
    };

    updateTotals() {
        let total = 0;
        for (const line of this.el.querySelectorAll(".o_outsourcing_bid_line")) {
            const price = this.parsePrice(line.querySelector("input[name^='price-']").value);
            const amount = price * parseFloat(line.dataset.quantity) || 0;
            total += amount;
            this.show(line.querySelector(".o_outsourcing_subtotal"), amount);
        }
        this.show(this.el.querySelector(".o_outsourcing_total"), total);
    }

    parsePrice(text) {
        let clean = text.replace(/\s/g, "");
        if (/^\d{1,3}(,\d{3})+(\.\d+)?$/.test(clean)) {
            clean = clean.replace(/,/g, "");
        } else if (/^\d+,\d+$/.test(clean)) {
            clean = clean.replace(",", ".");
        }
        return Number(clean) || 0;
    }

    show(element, amount) {
        const digits = parseInt(this.el.dataset.decimals);
        const value = element.querySelector(".oe_currency_value") || element;
        value.textContent = amount.toLocaleString(document.documentElement.lang || "en", {
            minimumFractionDigits: digits,
            maximumFractionDigits: digits,
        });
    }
}

registry.category("public.interactions").add("outsourcing_mgmt.bid_form", BidForm);

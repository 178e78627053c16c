import { Component, onMounted, useRef, useState } from "@odoo/owl";
import { scanBarcode } from "@web/core/barcode/barcode_dialog";
import { isBarcodeScannerSupported } from "@web/core/barcode/barcode_video_scanner";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const LOOKS = {
    found: "success",
    elsewhere: "warning",
    unknown: "danger",
};

/**
 * The box into which codes of equipment are scanned or typed, one after the other.
 *
 * A scanner that acts as a keyboard ends each code with Enter. Where the browser has a
 * camera, it reads codes as well.
 */
export class StocktakeScan extends Component {
    static template = "itsm_desk.StocktakeScan";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.input = useRef("code");
        this.state = useState({ last: null });
        // A scanner is faster than the server: codes wait for the one before.
        this.pending = Promise.resolve();
        this.hasCamera = isBarcodeScannerSupported();
        onMounted(() => this.input.el?.focus());
    }

    get look() {
        return LOOKS[this.state.last?.result] || "info";
    }

    get text() {
        const last = this.state.last;
        if (!last) {
            return "";
        }
        if (last.error) {
            return last.error;
        }
        if (last.is_again) {
            return _t("%s was counted already.", last.name || last.code);
        }
        return {
            found: _t("Found: %s", last.name),
            elsewhere: _t("%s is registered elsewhere and was added.", last.name),
            unknown: _t("%s is not in the register. Write a remark.", last.code),
        }[last.result];
    }

    get leftText() {
        return _t("%s still to find", this.state.last.left);
    }

    onKeydown(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            ev.stopPropagation();
            return this.onTyped();
        }
    }

    onTyped() {
        const code = this.input.el.value;
        this.input.el.value = "";
        this.input.el.focus();
        return this.scan(code);
    }

    async onCamera() {
        let code = "";
        try {
            code = await scanBarcode(this.env);
        } catch (error) {
            this.state.last = { result: "unknown", error: error.message };
            return;
        }
        await this.scan(code);
    }

    scan(text) {
        const code = text.trim();
        if (code) {
            this.pending = this.pending.then(() => this.count(code));
        }
        return this.pending;
    }

    async count(code) {
        try {
            await this.props.record.save();
            this.state.last = await this.orm.call(
                "itsm.equipment.stocktake",
                "action_scan",
                [[this.props.record.resId]],
                { code }
            );
            await this.props.record.load();
        } catch (error) {
            // What the server refuses is said in the box, where the eye is.
            const text = error.data?.message || error.message;
            this.state.last = { result: "unknown", error: text };
        }
        navigator.vibrate?.(this.look === "success" ? 60 : [60, 60, 60]);
    }
}

registry.category("view_widgets").add("itsm_stocktake_scan", {
    component: StocktakeScan,
});

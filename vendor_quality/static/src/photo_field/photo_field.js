import { _t } from "@web/core/l10n/translation";
import { evaluateBooleanExpr } from "@web/core/py_js/py";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { imageUrl } from "@web/core/utils/urls";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component, useRef, useState } from "@odoo/owl";

const LONGEST_SIDE = 1920;

/**
 * Scale a photo down before it is sent: a phone takes far larger pictures than the
 * field keeps, over a connection that may be poor.
 *
 * @param {File} file
 * @returns {Promise<string>} the picture in base64
 */
async function scaleDown(file) {
    const bitmap = await createImageBitmap(file);
    const ratio = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * ratio);
    canvas.height = Math.round(bitmap.height * ratio);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/jpeg", 0.85).split(",")[1];
}

/**
 * A photo that is taken with one tap: on a phone the button opens the camera.
 *
 * Rows of a list and cards of a form are read-only until they are opened. The option
 * "taken_when" says as an expression when a photo may be taken all the same.
 */
export class PhotoField extends Component {
    static template = "vendor_quality.PhotoField";
    static props = {
        ...standardFieldProps,
        takenWhen: { type: String, optional: true },
    };

    setup() {
        this.notification = useService("notification");
        this.input = useRef("input");
        this.state = useState({ isBusy: false });
    }

    get canTake() {
        const { record, takenWhen, readonly } = this.props;
        return takenWhen ? evaluateBooleanExpr(takenWhen, record.evalContext) : !readonly;
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    get url() {
        const { record, name } = this.props;
        if (record.resId && !this.isNew) {
            return imageUrl(record.resModel, record.resId, name, {
                unique: record.data.write_date,
            });
        }
        return `data:image/jpeg;base64,${this.value}`;
    }

    /** The server sends the size of a stored photo, the browser has a new one whole. */
    get isNew() {
        return this.value && this.value.length > 100;
    }

    onClick() {
        this.input.el.click();
    }

    async onChange(ev) {
        const [file] = ev.target.files;
        ev.target.value = null;
        if (!file) {
            return;
        }
        this.state.isBusy = true;
        try {
            const photo = await scaleDown(file);
            await this.props.record.update({ [this.props.name]: photo }, { save: true });
        } catch {
            this.notification.add(_t("This file is no picture. Take the photo again."), {
                type: "danger",
            });
        } finally {
            this.state.isBusy = false;
        }
    }
}

export const photoField = {
    component: PhotoField,
    displayName: _t("Photo"),
    supportedTypes: ["binary"],
    extractProps: ({ options }) => ({ takenWhen: options.taken_when }),
};

registry.category("fields").add("vendor_quality_photo", photoField);

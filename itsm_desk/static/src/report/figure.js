import { registry } from "@web/core/registry";
import { FloatField, floatField } from "@web/views/fields/float/float_field";
import { formatFloat } from "@web/views/fields/formatters";

/**
 * A figure as the reports print it (`_format_figure`): no decimals of what is counted.
 * Without its unit, in a pivot, as many as it has, two at most.
 */
export function formatFigure(value, { unit } = {}) {
    if (value === false) {
        return "";
    }
    if (!unit) {
        return formatFloat(value, { digits: [16, 2], trailingZeros: false });
    }
    const digits = unit === "count" && Number.isInteger(value) ? 0 : 1;
    return formatFloat(value, { digits: [16, unit === "rating" ? 2 : digits] });
}

export class FigureField extends FloatField {
    get formattedValue() {
        return formatFigure(this.value, { unit: this.props.record.data.unit });
    }
}

registry.category("fields").add("itsm_figure", { ...floatField, component: FigureField });
registry.category("formatters").add("itsm_figure", formatFigure);

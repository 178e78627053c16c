import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { patchWithCleanup } from "@web/../tests/web_test_helpers";

import { localization } from "@web/core/l10n/localization";

import { formatFigure } from "@itsm_desk/report/figure";

describe.current.tags("headless");

beforeEach(() => {
    patchWithCleanup(localization, {
        decimalPoint: ".",
        thousandsSep: ",",
        grouping: [3, 0],
    });
});

test("what is counted has no decimals, a mean of days has one", () => {
    expect(formatFigure(46, { unit: "count" })).toBe("46");
    expect(formatFigure(46.25, { unit: "count" })).toBe("46.3");
});

test("shares, hours and ratings keep the decimals of their unit", () => {
    expect(formatFigure(93.333, { unit: "percent" })).toBe("93.3");
    expect(formatFigure(50, { unit: "hours" })).toBe("50.0");
    expect(formatFigure(4, { unit: "rating" })).toBe("4.00");
});

test("without its unit a figure has as many as it needs", () => {
    expect(formatFigure(46)).toBe("46");
    expect(formatFigure(93.333)).toBe("93.33");
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { clockOnDay, parseBracketTime, parseCharacterTime, parseLongDay } from "./legacy-times.ts";

describe("times of older stores", () => {
  test("a clock on a day is an instant only with a zone that is one for everybody", () => {
    const day = { year: 2025, month: 11, day: 3 };
    const cases: [clock: string, ms: number | undefined][] = [
      ["09:05:09 AM UTC", Date.UTC(2025, 10, 3, 9, 5, 9)],
      ["12:00:00 AM GMT", Date.UTC(2025, 10, 3, 0, 0, 0)],
      ["12:00:00 PM UTC+2", Date.UTC(2025, 10, 3, 10, 0, 0)],
      ["01:00:00 PM GMT-05:30", Date.UTC(2025, 10, 3, 18, 30, 0)],
      ["09:05:09 AM EST", undefined],
      ["09:05:09 AM CEST", undefined],
      ["13:05:09 PM UTC", undefined],
      ["00:05:09 AM UTC", undefined],
    ];
    for (const [clock, ms] of cases) assert.equal(clockOnDay(day, clock)?.ms, ms, clock);
  });

  test("days that do not exist are no days", () => {
    assert.deepEqual(parseLongDay("November 3, 2025"), { year: 2025, month: 11, day: 3 });
    for (const text of ["November 31, 2025", "Smarch 3, 2025", "November 3", "3 November 2025"]) {
      assert.equal(parseLongDay(text), undefined, text);
    }
  });

  test("brackets hold ISO, or a time in UTC", () => {
    assert.equal(parseBracketTime("2025-11-13 18:00:05 UTC")?.ms, Date.UTC(2025, 10, 13, 18, 0, 5));
    assert.equal(parseBracketTime("2025-11-13T18:00:05.250Z")?.ms, Date.UTC(2025, 10, 13, 18, 0, 5, 250));
    assert.equal(parseBracketTime("2025-11-13 18:00:05")?.precision, "local-no-zone");
    assert.equal(parseBracketTime("last night"), undefined);
  });

  test("character chats date messages in many forms, and ambiguous ones give nothing", () => {
    const cases: [token: unknown, ms: number | undefined][] = [
      ["June 5, 2024 3:07pm", Date.UTC(2024, 5, 5, 15, 7)],
      ["Jun 5, 2024 12:07:09 AM", Date.UTC(2024, 5, 5, 0, 7, 9)],
      ["2025-12-31@15h12m05s", Date.UTC(2025, 11, 31, 15, 12, 5)],
      ["2023-6-5 @15h 2m 5s 12ms", Date.UTC(2023, 5, 5, 15, 2, 5, 12)],
      [1_717_599_600, 1_717_599_600_000],
      [1_717_599_600_000, 1_717_599_600_000],
      ["2024-06-05T15:00:00Z", Date.UTC(2024, 5, 5, 15)],
      ["05/06/2024 15:00", undefined],
      ["", undefined],
      [null, undefined],
    ];
    for (const [token, ms] of cases) assert.equal(parseCharacterTime(token)?.ms, ms, String(token));
  });
});

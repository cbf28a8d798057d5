import { describe, expect, it } from "vitest";
import { type Step, sideBySide, type Taken } from "../sideBySide";

/** Steps that note when they begin and end, the longest of so many turns. */
function noted(notes: string[], title: string, turns: number, failure?: string): Step {
  const work = async () => {
    notes.push(`${title} begins`);
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
    notes.push(`${title} ends`);
    if (failure) throw new Error(failure);
  };
  return { title, work };
}

describe("steps side by side", () => {
  it("run as many at a time as there are lines, and those of a chain one after another", async () => {
    const notes: string[] = [];
    const chains = [[noted(notes, "a", 9)], [noted(notes, "b", 2), noted(notes, "c", 2)], [noted(notes, "d", 1)]];
    await sideBySide(chains, 2);
    expect(notes).toEqual(["a begins", "b begins", "b ends", "c begins", "c ends", "d begins", "d ends", "a ends"]);
  });

  it("all go on when one fails, and the error names each that failed", async () => {
    const notes: string[] = [];
    const taken: Taken[] = [];
    const chains = [[noted(notes, "a", 1, "red"), noted(notes, "b", 1)], [noted(notes, "c", 1, "also red")]];
    await expect(sideBySide(chains, 1, { ends: (each) => taken.push(each) })).rejects.toThrow("a: red\nc: also red");
    expect(taken.map(({ title, failed }) => [title, failed])).toEqual([
      ["a", true],
      ["b", false],
      ["c", true],
    ]);
  });
});

import { describe, expect, it } from "vitest";
import { withoutTraces } from "../../components/withoutTraces";

const trace = () => new Error("here").stack;

describe("stack traces that nobody reads", () => {
  it("stack traces that nobody reads name no calls while resources are made, and those of others do", () => {
    expect(trace()).toMatch(/^Error: here\n\s+at trace/);
    expect(withoutTraces(trace)).toBe("Error: here");
    expect(withoutTraces(() => withoutTraces(trace))).toBe("Error: here");
    expect(trace()).toMatch(/^Error: here\n\s+at trace/);
  });

  it("stack traces that nobody reads do not include that of an error which ends the work", () => {
    const broken = () => {
      throw new Error("a fault");
    };
    const caught = (work: () => unknown): Error => {
      try {
        work();
      } catch (error) {
        return error as Error;
      }
      throw new Error("nothing was thrown");
    };
    expect(caught(() => withoutTraces(broken)).stack).toMatch(/^Error: a fault\n\s+at broken/);
    expect(trace()).toMatch(/at trace/);
  });
});

import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { refusal } from "../../components/refusal";

it("a refusal is shown by Pulumi as its words alone, and has no path in it on which Node.js 20 could hang", () => {
  const error = refusal("no such zone");
  expect(pulumi.RunError.isInstance(error)).toBe(true);
  expect(error.message).toBe("no such zone");
  expect(inspect(error)).not.toMatch(/node_modules|\n\s+at /);
});

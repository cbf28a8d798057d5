import { spawn } from "node:child_process";
import { down, execPrefix, isUp, up } from "../lab/lab";

/** How often, where the environment says nothing else. */
const counts = {
  FAULT_POWER_CUTS: "50",
  FAULT_ENGINE_CUTS: "10",
  FAULT_CUTS: "10",
  FAULT_FULL_DISKS: "10",
  FAULT_MESSAGES: "10000",
  FAULT_PARAMETER_STEP: "1",
  RARE_HISTORIES: "1",
  RARE_CHANGES: "1",
  OTHER_RELEASES: "1",
};

/** The activation with faults injected, with full counts: hours; the rare histories of machines; changes of a running server; and the clouds on the releases that `npm test` leaves out. The table at the end is what `docs/fault-injection.md` shows. */
async function main(): Promise<number> {
  const wasUp = isUp();
  await up(["faults", "faults13", "lived12", "lived13", "hidden12", "vps12", "vps13", "foreign"]);
  try {
    return await test();
  } finally {
    if (!wasUp) await down();
  }
}

function test(): Promise<number> {
  const files = ["changing", "livedIn", "clouds", "faults"].map((name) => `test/lab/${name}.test.ts`);
  const words = ["npx", "vitest", "run", "--no-file-parallelism", "--project", "lab", ...files];
  const [program = "", ...rest] = [...execPrefix(), ...words];
  const child = spawn(program, rest, { stdio: ["ignore", "inherit", "inherit"], env: { ...counts, ...process.env } });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);

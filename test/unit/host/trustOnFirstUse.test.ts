import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trustedOnFirstUse } from "../../../components/host/trustOnFirstUse";
import { startServer, type TestServer } from "../providers/sshServer";
import { known, Mocked } from "./mocked";

describe("trust on first use", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ hostKeys: ["ecdsa", "ed25519"] });
  });
  afterAll(() => server.close());

  it("trust on first use keeps the ED25519 key that a real SSH server shows", async () => {
    const mocked = new Mocked();
    mocked.outputs["command:local:Command"] = { stdout: server.hostKey };
    await mocked.start();
    await known(trustedOnFirstUse("key", pulumi.output("127.0.0.1"), server.port, mocked.parent()));
    const { create, environment } = mocked.resource("key").inputs as { create: string; environment: object };
    const { stdout } = await promisify(execFile)("/bin/sh", ["-c", create], {
      env: { ...process.env, ...environment },
    });
    mocked.outputs["command:local:Command"] = { stdout };
    const key = await known(trustedOnFirstUse("again", pulumi.output("127.0.0.1"), server.port, mocked.parent()));
    expect(key).toMatch(/^ssh-ed25519 [A-Za-z0-9+/=]+$/);
    expect(key).not.toBe(server.hostKey);
    await mocked.settled();
  });
});

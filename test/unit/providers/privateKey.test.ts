import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { utils } from "ssh2";
import { expect, test } from "vitest";
import { privateKey } from "../../../lab/providers/tls/privateKey";
import { containsSecret } from "../../../lab/providers/values";
import { EngineSide, seen } from "./engineSide";

type Outputs = Record<string, string>;

async function generate(inputs: object): Promise<Outputs> {
  return seen(await new EngineSide("tls", privateKey).create({ ...inputs })) as Outputs;
}

test.each([
  [
    { algorithm: "RSA" },
    "RSA PRIVATE KEY",
    "ssh-rsa",
    { asymmetricKeyType: "rsa", asymmetricKeyDetails: { modulusLength: 2048 } },
  ],
  [
    { algorithm: "RSA", rsaBits: 1024 },
    "RSA PRIVATE KEY",
    "ssh-rsa",
    { asymmetricKeyType: "rsa", asymmetricKeyDetails: { modulusLength: 1024 } },
  ],
  [
    { algorithm: "ECDSA", ecdsaCurve: "P256" },
    "EC PRIVATE KEY",
    "ecdsa-sha2-nistp256",
    { asymmetricKeyType: "ec", asymmetricKeyDetails: { namedCurve: "prime256v1" } },
  ],
  [
    { algorithm: "ECDSA", ecdsaCurve: "P384" },
    "EC PRIVATE KEY",
    "ecdsa-sha2-nistp384",
    { asymmetricKeyType: "ec", asymmetricKeyDetails: { namedCurve: "secp384r1" } },
  ],
  [
    { algorithm: "ECDSA", ecdsaCurve: "P521" },
    "EC PRIVATE KEY",
    "ecdsa-sha2-nistp521",
    { asymmetricKeyType: "ec", asymmetricKeyDetails: { namedCurve: "secp521r1" } },
  ],
  [{ algorithm: "ED25519" }, "PRIVATE KEY", "ssh-ed25519", { asymmetricKeyType: "ed25519" }],
])(
  "%j: each form is the same key, ends its last line, and says what it is",
  async (inputs, label, sshType, described) => {
    const made = await generate(inputs);
    const publicPem = (pem: string) => createPublicKey(pem).export({ type: "spki", format: "pem" });

    expect(made.privateKeyPem).toMatch(new RegExp(`^-----BEGIN ${label}-----\n[\\s\\S]+\n-----END ${label}-----\n$`));
    expect(made.privateKeyPemPkcs8).toMatch(/^-----BEGIN PRIVATE KEY-----\n[\s\S]+\n-----END PRIVATE KEY-----\n$/);
    expect(made.privateKeyOpenssh).toMatch(
      /^-----BEGIN OPENSSH PRIVATE KEY-----\n[\s\S]+\n-----END OPENSSH PRIVATE KEY-----\n$/,
    );
    expect(made.publicKeyPem).toMatch(/^-----BEGIN PUBLIC KEY-----\n[\s\S]+\n-----END PUBLIC KEY-----\n$/);
    expect(made.publicKeyOpenssh).toMatch(new RegExp(`^${sshType} [A-Za-z0-9+/=]+\n$`));

    expect(createPrivateKey(made.privateKeyPem!)).toMatchObject(described);
    expect(publicPem(made.privateKeyPem!)).toBe(made.publicKeyPem);
    expect(publicPem(made.privateKeyPemPkcs8!)).toBe(made.publicKeyPem);
    const fromOpenssh = utils.parseKey(made.privateKeyOpenssh!);
    if (fromOpenssh instanceof Error) throw fromOpenssh;
    expect(publicPem(fromOpenssh.getPrivatePEM())).toBe(made.publicKeyPem);

    const ssh = Buffer.from(made.publicKeyOpenssh!.split(" ")[1]!, "base64");
    expect(fromOpenssh.getPublicSSH().equals(ssh)).toBe(true);
    expect(made.publicKeyFingerprintSha256).toBe(
      `SHA256:${createHash("sha256").update(ssh).digest("base64").replace("=", "")}`,
    );
    expect(made.publicKeyFingerprintMd5).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
  },
);

test("a key for DKIM is 392 characters of base64", async () => {
  const { publicKeyPem } = await generate({ algorithm: "RSA" });
  expect(publicKeyPem!.replace(/-----[^-]+-----|\s/g, "")).toHaveLength(392);
});

test("P224, which is the default curve, has no OpenSSH forms", async () => {
  const made = await generate({ algorithm: "ECDSA" });
  expect(createPrivateKey(made.privateKeyPem!)).toMatchObject({ asymmetricKeyDetails: { namedCurve: "secp224r1" } });
  expect(made).toMatchObject({
    ecdsaCurve: "P224",
    privateKeyOpenssh: "",
    publicKeyOpenssh: "",
    publicKeyFingerprintMd5: "",
    publicKeyFingerprintSha256: "",
  });
});

test("each Ed25519 key can be read, also one whose first byte is zero", async () => {
  const plugin = new EngineSide("tls", privateKey);
  for (let number = 0; number < 1500; number++) await plugin.create({ algorithm: "ED25519" });
});

test("the private forms are secret, the public ones are not, no two keys are the same", async () => {
  const plugin = new EngineSide("tls", privateKey);
  const state = await plugin.create({ algorithm: "ED25519" });
  const secrets = Object.keys(state).filter((name) => containsSecret(state[name]));
  expect(secrets.sort()).toEqual(["privateKeyOpenssh", "privateKeyPem", "privateKeyPemPkcs8"]);
  expect((await generate({ algorithm: "ED25519" })).publicKeyPem).not.toBe(state.publicKeyPem);
});

test("the same inputs keep the key, others replace it", async () => {
  const plugin = new EngineSide("tls", privateKey);
  const state = await plugin.create({ algorithm: "ED25519" });
  expect(await plugin.diff(state, { algorithm: "ED25519" })).toEqual({ changes: false, replaces: [] });
  expect(await plugin.diff(state, { algorithm: "RSA" })).toEqual({ changes: true, replaces: ["algorithm"] });
});

test("defaults stand among the outputs and not among the inputs: a key that has none in the state is no other key", async () => {
  const plugin = new EngineSide("tls", privateKey);
  const inputs = { algorithm: "RSA", rsaBits: 1024 };
  expect(await plugin.check(inputs)).toEqual(inputs);
  const state = await plugin.create(inputs);
  expect(state).toMatchObject({ rsaBits: 1024, ecdsaCurve: "P224" });
  expect((await plugin.diff(state, inputs)).changes).toBe(false);
  expect((await plugin.diff(state, { algorithm: "RSA" })).replaces).toEqual(["rsaBits"]);
});

test("a key that is too short passes a preview, and is then refused", async () => {
  const plugin = new EngineSide("tls", privateKey);
  await plugin.check({ algorithm: "RSA", rsaBits: 512 });
  await expect(plugin.create({ algorithm: "RSA", rsaBits: 512 })).rejects.toThrow(
    "crypto/rsa: 512-bit keys are insecure",
  );
});

test("what is not allowed of a private key is said", async () => {
  const refused = new EngineSide("tls", privateKey).check({ algorithm: "DSA", ecdsaCurve: "P999" });
  await expect(refused).rejects.toThrow('algorithm: got "DSA", allowed: RSA, ECDSA, ED25519');
  await expect(refused).rejects.toThrow('ecdsaCurve: got "P999"');
});

import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { utils } from "ssh2";
import { newKeyPair } from "../sshKeys";
import { failure, type ResourceType } from "../standIn";
import { isUnknown } from "../values";

const ALGORITHMS = ["RSA", "ECDSA", "ED25519"];
/** Names of the curves as programs write them, as OpenSSL does, and their size as OpenSSH does; it has no P224. */
const CURVES: Record<string, { openssl: string; openssh?: number }> = {
  P224: { openssl: "secp224r1" },
  P256: { openssl: "prime256v1", openssh: 256 },
  P384: { openssl: "secp384r1", openssh: 384 },
  P521: { openssl: "secp521r1", openssh: 521 },
};
const SECRETS = ["privateKeyOpenssh", "privateKeyPem", "privateKeyPemPkcs8"];
const PUBLIC = ["publicKeyFingerprintMd5", "publicKeyFingerprintSha256", "publicKeyOpenssh", "publicKeyPem"];

/** `tls.PrivateKey`: a key pair that is made once and kept in the stack; any change makes a new one. */
export const privateKey: ResourceType = {
  token: "tls:index/privateKey:PrivateKey",
  secrets: SECRETS,
  computed: [...SECRETS, ...PUBLIC],
  replaceOn: "any",
  defaults: { rsaBits: 2048, ecdsaCurve: "P224" },
  check: (inputs) => ({
    inputs,
    failures: [
      ...oneOf("algorithm", inputs.algorithm, ALGORITHMS),
      ...oneOf("ecdsaCurve", inputs.ecdsaCurve ?? "P224", Object.keys(CURVES)),
    ],
  }),
  async create({ algorithm, rsaBits, ecdsaCurve }) {
    // Go refuses it, when a preview has long let it pass.
    if (algorithm === "RSA" && Number(rsaBits) < 1024)
      throw new Error(
        `crypto/rsa: ${rsaBits}-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)`,
      );
    const key = await generate(String(algorithm), Number(rsaBits), String(ecdsaCurve));
    return { id: createHash("sha1").update(publicDer(key)).digest("hex"), outputs: { ...outputsOf(key) } };
  },
};

function oneOf(property: string, value: unknown, allowed: string[]) {
  return failure(
    property,
    isUnknown(value) || allowed.includes(String(value)),
    `got ${JSON.stringify(value)}, allowed: ${allowed.join(", ")}`,
  );
}

/** A key with its OpenSSH forms where it has them. */
interface Generated {
  key: KeyObject;
  openssh?: { private: string; public: string };
}

async function generate(algorithm: string, rsaBits: number, curve: string): Promise<Generated> {
  const { openssl, openssh: size } = CURVES[curve] ?? {};
  if (algorithm === "ECDSA" && size === undefined) {
    const { privateKey: key } = await promisify(generateKeyPair)("ec", { namedCurve: String(openssl) });
    return { key };
  }
  const openssh = await new Promise<{ private: string; public: string }>((resolve, reject) => {
    const done = (error: Error | null, pair: { private: string; public: string }) =>
      error ? reject(error) : resolve(pair);
    if (algorithm === "RSA") utils.generateKeyPair("rsa", { bits: rsaBits }, done);
    else if (algorithm === "ECDSA") utils.generateKeyPair("ecdsa", { bits: size as 256 | 384 | 521 }, done);
    else resolve(newKeyPair());
  });
  const parsed = utils.parseKey(openssh.private);
  if (parsed instanceof Error) throw parsed;
  return { key: createPrivateKey(parsed.getPrivatePEM()), openssh };
}

function outputsOf({ key, openssh }: Generated): Record<string, string> {
  const ssh = openssh && Buffer.from(openssh.public.split(" ")[1] ?? "", "base64");
  return {
    privateKeyPem: traditionalPem(key),
    privateKeyPemPkcs8: pem(key, "pkcs8"),
    privateKeyOpenssh: openssh ? endedLine(openssh.private) : "",
    publicKeyPem: createPublicKey(key).export({ type: "spki", format: "pem" }).toString(),
    publicKeyOpenssh: openssh ? endedLine(openssh.public.split(" ").slice(0, 2).join(" ")) : "",
    publicKeyFingerprintMd5: ssh ? (createHash("md5").update(ssh).digest("hex").match(/../g) ?? []).join(":") : "",
    publicKeyFingerprintSha256: ssh
      ? `SHA256:${createHash("sha256").update(ssh).digest("base64").replace(/=+$/, "")}`
      : "",
  };
}

/** PKCS#1 for RSA, SEC1 for ECDSA; Ed25519 has PKCS#8 only. */
function traditionalPem(key: KeyObject): string {
  if (key.asymmetricKeyType === "rsa") return pem(key, "pkcs1");
  return pem(key, key.asymmetricKeyType === "ec" ? "sec1" : "pkcs8");
}

function pem(key: KeyObject, type: "pkcs1" | "pkcs8" | "sec1"): string {
  return key.export({ type, format: "pem" }).toString();
}

function publicDer({ key }: Generated): Buffer {
  return createPublicKey(key).export({ type: "spki", format: "der" });
}

function endedLine(text: string): string {
  return `${text.trimEnd()}\n`;
}

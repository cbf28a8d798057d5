import { execFileSync } from "node:child_process";
import { createHash, createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { accountFolder, acmeAccount } from "../../components/services/certbot/account";

describe("an ACME account", () => {
  const { privateKey: made } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = made.export({ type: "pkcs1", format: "pem" }).toString();
  const { id, privateKey } = acmeAccount(pem);

  it("an ACME account is called as certbot calls it: by its public key as openssl writes it", () => {
    const publicKey = execFileSync("openssl", ["rsa", "-pubout"], { input: pem, stdio: ["pipe", "pipe", "ignore"] });
    expect(id).toBe(createHash("md5").update(publicKey).digest("hex"));
  });

  it("an ACME account keeps the key as a JSON Web Key", () => {
    expect(Object.keys(JSON.parse(privateKey)).sort()).toEqual(["d", "dp", "dq", "e", "kty", "n", "p", "q", "qi"]);
    const kept = createPublicKey({ key: JSON.parse(privateKey), format: "jwk" });
    expect(kept.equals(createPublicKey(made))).toBe(true);
  });

  it("an ACME account lies in a folder that is called by its authority's directory, as far as that has parts", () => {
    const parent = "/etc/letsencrypt/accounts";
    const folder = (directoryUrl: string) => accountFolder(directoryUrl, { id: "0a1b", privateKey: "" });
    expect(folder("https://acme-v02.api.letsencrypt.org/directory")).toBe(
      `${parent}/acme-v02.api.letsencrypt.org/directory/0a1b`,
    );
    expect(folder("https://acme.example.net:14000/")).toBe(`${parent}/acme.example.net:14000/0a1b`);
  });
});

import { utils } from "ssh2";

/**
 * A new pair of SSH keys in OpenSSH's form.
 * Drawn again where it cannot be read: ssh2 drops a leading zero byte of an Ed25519 key, which one in 256 has.
 */
export function newKeyPair(
  kind: "ed25519" | "ecdsa" | "rsa" = "ed25519",
  encryption?: { passphrase: string; cipher: string; rounds: number },
): { private: string; public: string } {
  const pair =
    kind === "ed25519"
      ? utils.generateKeyPairSync("ed25519", encryption)
      : utils.generateKeyPairSync(kind as "rsa", { bits: kind === "rsa" ? 2048 : 256, ...encryption });
  return utils.parseKey(pair.public) instanceof Error ? newKeyPair(kind, encryption) : pair;
}

import { Buffer } from "node:buffer";
import type { Parsed } from "./addresses";

/**
 * One public key in the form of authorized_keys; a comment is dropped. Pulumi's command plugin (golang.org/x/crypto/ssh) asks the machine for the one
 * signature algorithm that is called like the key's type: of RSA keys that is `ssh-rsa`, with SHA-1, which OpenSSH has not had since 8.8.
 */
export function parseHostKey(text: string): Parsed {
  const another =
    "give the machine's ed25519 or ecdsa key (`cat /etc/ssh/ssh_host_ed25519_key.pub`; where there is none, `ssh-keygen -A` makes it)";
  const match = /^([a-z0-9.@-]+) ([A-Za-z0-9+/]+={0,2})(?: [^\n\r]*)?\s*$/.exec(text);
  const [, type = "", body = ""] = match ?? [];
  const bytes = Buffer.from(body, "base64");
  const named = bytes.length > 4 && bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString("latin1");
  if (named !== type || !sshKeyTypes.test(type)) {
    return {
      problem:
        "is not a public host key; allowed is one line such as ssh-ed25519 AAAAC3Nza…, as `cat /etc/ssh/ssh_host_ed25519_key.pub` prints it on the machine",
    };
  }
  if (usableHostKey.test(type)) return { value: `${type} ${body}` };
  if (type === "ssh-rsa")
    return { problem: `is an RSA key, which Pulumi can use with SHA-1 only, and sshd refuses that; ${another}` };
  if (type === "ssh-dss") return { problem: `is a DSA key, which sshd has no more; ${another}` };
  if (type.includes("-cert-")) return { problem: `is a certificate, not a key; ${another}` };
  return { problem: `is a key on a security token, which no sshd has for itself; ${another}` };
}

const usableHostKey = /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521))$/;

/** Whatever a line of authorized_keys can begin with. */
const sshKeyTypes = /^(sk-)?(ssh-(ed25519|rsa|dss)|ecdsa-sha2-nistp(256|384|521))(-cert-v0[01])?(@openssh\.com)?$/;

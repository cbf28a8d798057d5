import { readFileSync } from "node:fs";
import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/** The records and the DKIM keys of a mail server, by nothing but the providers. */
const file = new pulumi.Config("bench").require("file");
const records = JSON.parse(readFileSync(file, "utf8")) as {
  name: string;
  args: cloudflare.DnsRecordArgs;
  keyed: boolean;
}[];

for (const { name, args, keyed } of records) {
  if (!keyed) {
    new cloudflare.DnsRecord(name, args);
    continue;
  }
  const { publicKeyPem } = new tls.PrivateKey(name, { algorithm: "RSA", rsaBits: 2048 });
  const content = publicKeyPem.apply((pem) => `"v=DKIM1; p=${pem.replace(/-----.*-----|\s/g, "").slice(0, 200)}"`);
  new cloudflare.DnsRecord(name, { ...args, content });
}

import { readFileSync } from "node:fs";
import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";

/** As many records as a mail server has, by nothing but the provider. */
const file = new pulumi.Config("bench").require("records");
const records = JSON.parse(readFileSync(file, "utf8")) as { name: string; args: cloudflare.DnsRecordArgs }[];

for (const { name, args } of records) new cloudflare.DnsRecord(name, args);

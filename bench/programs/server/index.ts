import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { MailServer, type MailServerArgs } from "pulumi-mailserver";

/** What somebody has who installed the package: the program alone is TypeScript. */
const file = new pulumi.Config("bench").require("file");

new MailServer("mail", JSON.parse(readFileSync(file, "utf8")) as MailServerArgs);

import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { MailServer, type MailServerArgs } from "../../../index";

/** A server whose args are too long for a stack file: the engine hands that to the program in one environment variable. */
const file = new pulumi.Config("bench").require("server");

new MailServer("mail", JSON.parse(readFileSync(file, "utf8")) as MailServerArgs);

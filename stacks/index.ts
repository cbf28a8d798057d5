import * as pulumi from "@pulumi/pulumi";
import { MailServer, type MailServerArgs } from "../index";
import { mailServerArgs } from "./config";

/** One mail server a stack; what it should be stands in the stack's configuration file. */
const server = mailServer(mailServerArgs("mail"));

export const { ipv4Address, ipv6Address, hostname } = server;
export const { clientSettings, dkimRecords, manifestHash, records, reverseRecords, sshEndpoint, zoneFile } = server;

/** Bad args are the fault of the configuration file, not of this program: the list of what is wrong says more than a stack trace. */
function mailServer(args: MailServerArgs): MailServer {
  try {
    return new MailServer("mail", args);
  } catch (error) {
    if (pulumi.InputPropertiesError.isInstance(error)) throw new pulumi.RunError(error.message);
    throw error;
  }
}

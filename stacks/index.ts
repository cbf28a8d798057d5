import * as pulumi from "@pulumi/pulumi";
import { MailServer } from "../index";
import { mailServerArgs } from "./config";

/** One mail server a stack; what it should be stands in the stack's configuration file. */
export = async () => {
  const server = new MailServer("mail", await mailServerArgs(new pulumi.Config("mail")));
  return {
    clientSettings: server.clientSettings,
    dkimRecords: server.dkimRecords,
    manifestHash: server.manifestHash,
    records: server.records,
    reverseRecords: server.reverseRecords,
    zoneFile: server.zoneFile,
  };
};

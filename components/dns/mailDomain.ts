import * as pulumi from "@pulumi/pulumi";
import { movedFrom } from "../movedFrom";

/** The records of one mail domain as a node of the resource graph. */
export class MailDomain extends pulumi.ComponentResource {
  /** @param earlier below which the records lay in earlier versions */
  constructor(name: string, parent: pulumi.Resource, earlier: pulumi.Resource) {
    super("mailserver:index:MailDomain", name, {}, { parent, ...movedFrom(earlier) });
    this.registerOutputs({});
  }
}

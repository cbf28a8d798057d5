import * as pulumi from "@pulumi/pulumi";
import { MailDns, MailHost, MailServer } from "../../../index";

/** One component, named in the stack's configuration, with the args that stand there. */
const config = new pulumi.Config("mail");
const components = { MailDns, MailHost, MailServer };
const Component = components[config.require("component") as keyof typeof components];

/** As in docs/reuse.md. */
const patient: pulumi.ResourceTransform = ({ type, props, opts }) =>
  type === "command:remote:Command"
    ? { props, opts: pulumi.mergeOptions(opts, { customTimeouts: { create: "1h", update: "1h" } }) }
    : undefined;

// The args are judged by the component itself.
export const made = new Component("mail", config.requireObject("args"), { transforms: [patient] });

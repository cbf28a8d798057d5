import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../service";
import { postfixPorts } from "./ports";
import { postfixRole } from "./role";

/** Takes mail and sends it. Its secret is the password with which it logs in at its relay host. */
export const postfix: Service<string | undefined> = {
  name: "postfix",
  ports: postfixPorts,
  secrets: ({ args }) => pulumi.secret(args.relayHost?.password),
  role: postfixRole,
};

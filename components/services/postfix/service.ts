import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../service";
import type { Additions } from "./additions";
import { postfixPorts } from "./ports";
import { postfixRole } from "./role";
import { postfixSettings } from "./settings";

/** Takes mail and sends it. Its secret is the password with which it logs in at its relay host. */
export const postfix = {
  name: "postfix",
  memory: 40,
  settings: postfixSettings,
  decide: ({ postfix }) => postfix,
  ports: postfixPorts,
  certificateReader: "postfix",
  secrets: ({ args }) => pulumi.secret(args.relayHost?.password),
  role: postfixRole,
} satisfies Service<string | undefined, typeof postfixSettings, Additions>;

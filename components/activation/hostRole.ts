import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { filled, type LateTexts } from "../lateTexts";
import type { Role, RoleFile } from "../role";

/**
 * A role as a node of the resource graph, and each of its files that anybody may see as a node below it. They do nothing: they
 * carry what the host will hold, so that `pulumi preview` names each file that will change and `--diff` shows its lines.
 */
export class HostRole extends pulumi.ComponentResource {
  constructor(name: string, args: HostRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    const { role } = args;
    const secrets = args.secrets?.apply(digest);
    super("mailserver:index:HostRole", name, { packages: role.packages.join(" "), secrets }, opts);
    for (const file of role.files.filter(({ secret }) => !secret))
      new HostFile(`${args.server}${file.path}`, file, filled(file.content, args.late), { parent: this });
    this.registerOutputs({});
  }
}

/** What a node of a role shows. */
export interface HostRoleArgs {
  /** Name of the mail server that the role is part of. */
  server: string;
  /** The role as far as anybody may see it. */
  role: Role;
  /** What marks in its files stand for. */
  late: LateTexts;
  /** All that its secret files say, where it has some. */
  secrets?: pulumi.Output<unknown>;
}

/** A file of a host: its content, its owner and mode. */
class HostFile extends pulumi.ComponentResource {
  constructor(
    name: string,
    { owner, group, mode }: RoleFile,
    content: pulumi.Input<string>,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("mailserver:index:HostFile", name, { content, access: `${owner}:${group} ${mode}` }, opts);
    this.registerOutputs({});
  }
}

/** One figure for all secret files of a role, itself a secret: it says that one of them changes, not which line. */
function digest(secrets: unknown): string {
  return createHash("sha256").update(JSON.stringify(secrets)).digest("hex");
}

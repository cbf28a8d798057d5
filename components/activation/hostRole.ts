import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../roles/role";

/**
 * A role as a node of the resource graph. It does nothing: its inputs are the role's packages and the files that anybody may see,
 * so that `pulumi preview --diff` shows each line that will change on the host.
 */
export class HostRole extends pulumi.ComponentResource {
  constructor(name: string, role: Role, opts?: pulumi.ComponentResourceOptions) {
    const files = Object.fromEntries(
      role.files.filter((file) => !file.secret).map(({ path, content }) => [path, content]),
    );
    const secretFiles = role.files.filter((file) => file.secret).map(({ path }) => path);
    super("mailserver:index:HostRole", name, { packages: role.packages, files, secretFiles }, opts);
    this.registerOutputs({});
  }
}

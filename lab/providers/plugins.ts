/** Plugins that the stack's program asks for, and the npm package of each; a stand-in is the folder beside this file that has the plugin's name. */
export const plugins: Record<string, { npmPackage: string; isRehearsed?: true }> = {
  // Rehearsed by a stand-in even where the official plugin could be had: that one would reach out for a real account.
  cloudflare: { npmPackage: "@pulumi/cloudflare", isRehearsed: true },
  hcloud: { npmPackage: "@pulumi/hcloud", isRehearsed: true },
  ovh: { npmPackage: "@ovhcloud/pulumi-ovh", isRehearsed: true },
  command: { npmPackage: "@pulumi/command" },
  random: { npmPackage: "@pulumi/random" },
  tls: { npmPackage: "@pulumi/tls" },
};

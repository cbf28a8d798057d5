import * as z from "zod";
import { parseIpv4, parseIpv6 } from "./addresses";
import { argsObject } from "./declaration";
import { parseHostKey } from "./hostKey";
import { domainName, input, matching, pattern, port, read, secretInput } from "./schemaFields";

const user = matching(
  /^[a-z_][a-z0-9_-]{0,31}$/,
  "is not a user name; allowed are lower-case letters, digits, _ and -",
);

/** How SSH gets in, wherever the machine is. */
const sshAccess = {
  port: port.default(22).meta({ description: "TCP port of sshd." }),
  privateKey: secretInput((text) =>
    /^-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----\r?\n[\s\S]+-----END [A-Z0-9 ]*PRIVATE KEY-----\s*$/.test(text)
      ? undefined
      : "is not a private key in PEM or OpenSSH format; give the content of the file, not its path",
  )
    .optional()
    .meta({ description: "Private key in PEM or OpenSSH format.", default: "the SSH agent's keys" }),
  privateKeyPassword: secretInput(() => undefined)
    .optional()
    .meta({ description: "Pass phrase of `privateKey`.", default: "the key has none" }),
  agentSocketPath: matching(/^\/[^\0\n]*$/, "is not an absolute path")
    .optional()
    .meta({ description: "Path of the SSH agent's socket.", default: "$SSH_AUTH_SOCK" }),
};

const hostKeyExample = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…";

const sshHost = argsObject("SshHostArgs", "A machine that exists and is reached by SSH.", {
  ipv4Address: input(parseIpv4).meta({
    description: "Public IPv4 address: SSH connects to it, and A, SPF and PTR records name it.",
  }),
  ipv6Address: input(parseIpv6)
    .optional()
    .meta({
      description:
        "Public IPv6 address, which AAAA, SPF and PTR records name. IPv6 is all or nothing: with it, every service listens and sends on IPv6, too; " +
        "without it, on IPv4 only. (The big providers refuse mail from an address without a PTR record.)",
      default: "IPv4 only",
    }),
  ...sshAccess,
  user: user.default("root").meta({ description: "`root`, or a user whose `sudo` asks for no password." }),
  hostKey: input(parseHostKey).meta({
    description:
      "The machine's public host key, ed25519 or ecdsa: one line as in `/etc/ssh/ssh_host_ed25519_key.pub`. It is required: without it, a " +
      "man in the middle of the first connection would receive every secret. It is an output where the same program makes the key and gives it " +
      "to the machine, by cloud-init or the like.",
    example: hostKeyExample,
  }),
});

const catalogueName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

const ovhVpsOrder = argsObject(
  "OvhVpsOrderArgs",
  "A VPS to buy, paid by the account's default payment method, month by month. It is bought once: no later change of these members buys, reinstalls or " +
    "ends anything. `pulumi destroy` takes all else down and ends with the error that the VPS is protected (`--exclude-protected` leaves it out " +
    "from the start). To stop paying, end it in OVH's control panel.\n\n" +
    "OVH sends the password of the image's user by e-mail. So the first `pulumi up` ends where it connects by SSH: put your key on the machine " +
    "(`ssh-copy-id`), then run it again. If an order was placed but the run broke off before the delivery, look into OVH's control panel before " +
    "the next run, which would order again: name what was delivered as `serviceName`.",
  {
    planCode: matching(catalogueName, "is not a plan code such as vps-2025-model1").meta({
      description: "Plan, as OVH's catalogue names it.",
      example: "vps-2025-model1",
    }),
    datacenter: matching(catalogueName, "is not a datacenter such as GRA").meta({
      description: "Datacenter, as the catalogue's `vps_datacenter` names it.",
      example: "GRA",
    }),
    image: matching(/^[A-Za-z0-9][A-Za-z0-9 ._()+-]*$/, "is not the name of an image such as Debian 13").meta({
      description: "Image, as the catalogue's `vps_os` names it. It must be what `operatingSystem` says.",
      example: "Debian 13",
    }),
    ovhSubsidiary: matching(
      /^[A-Z]{2,4}$/,
      "is not an OVH subsidiary; allowed is a country code such as FR, DE or WE",
    ).meta({ description: "Country of the OVH company that sends the bill.", example: "FR" }),
    displayName: z
      .string()
      .min(1, "must have a character, or be left out")
      .optional()
      .meta({ description: "Name in OVH's control panel.", default: "OVH chooses" }),
  },
);

const ovhVps = argsObject(
  "OvhVpsArgs",
  "A virtual private server at OVH, whose addresses are looked up there. Exactly one of `serviceName` and `order`, and exactly one of `hostKey` and " +
    "`trustOnFirstUse`. Credentials are the provider's own (`OVH_ENDPOINT`, `OVH_APPLICATION_KEY` …).",
  {
    serviceName: input(
      pattern(
        /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/,
        "is not the service name of a VPS such as vps-0a1b2c3d.vps.ovh.net; `GET /vps` of OVH's API lists them",
      ),
    )
      .optional()
      .meta({
        description: "Name of a VPS that the account has. It is used as it is; nothing here can reinstall or end it.",
        example: "vps-0a1b2c3d.vps.ovh.net",
      }),
    order: ovhVpsOrder.optional().meta({ description: "A VPS to buy. It stays when the stack is destroyed." }),
    enableIpv6: z.boolean().default(true).meta({
      description:
        "Whether the mail server uses IPv6, too. The image must have configured the address on the machine, as OVH's present ones do.",
    }),
    ipv4Address: read(parseIpv4).optional().meta({
      description: "Which IPv4 address is the server's, where the VPS has several.",
      default: "its only one",
    }),
    ipv6Address: read(parseIpv6).optional().meta({
      description: "Which IPv6 address is the server's, where the VPS has several.",
      default: "its only one",
    }),
    ...sshAccess,
    user: user.default("debian").meta({
      description:
        "A user whose `sudo` asks for no password, or `root`. The user of OVH's Debian images is called `debian`.",
    }),
    hostKey: input(parseHostKey)
      .optional()
      .meta({
        description:
          "The machine's public host key, ed25519 or ecdsa: one line as in `/etc/ssh/ssh_host_ed25519_key.pub`. Read it in the KVM console of OVH's " +
          "control panel, which no man in the middle can change.",
        example: hostKeyExample,
      }),
    trustOnFirstUse: z
      .boolean()
      .optional()
      .meta({
        description:
          "`true`: the host key that the machine shows on the first `pulumi up` is trusted and kept in the stack; from then on no other is accepted. " +
          "This is weaker than `hostKey`: a man in the middle of that one connection would receive every secret. It exists because nobody can know " +
          "the key of a VPS that is only being ordered. After a reinstallation, give the new `hostKey`.",
      }),
    enableEdgeFirewall: z
      .boolean()
      .default(false)
      .meta({
        description:
          "Whether OVH's edge firewall drops, before it reaches the machine, what is sent to other ports than those in use. It is a second line of " +
          "defence only: it is stateless, does not know IPv6, ignores what comes from inside OVH, and takes minutes to change. The firewall on the " +
          "machine does all of this; hence the default.",
      }),
  },
);

const outboundProbe = argsObject(
  "OutboundProbeArgs",
  "What a machine that is not a mail server yet must reach before anything is changed on it.",
  {
    enabled: z.boolean().default(true).meta({ description: "Whether it is asked." }),
    hostname: domainName.default("smtp.google.com").meta({
      description:
        "A mail server on port 25, by IPv4, and by IPv6 where the machine has that. It is greeted, and sent nothing. " +
        "The default has both kinds of addresses and is nearly always there.",
    }),
  },
);

export const outboundProbeSchema = outboundProbe.prefault({}).meta({
  description:
    "Whether the machine can send: a connection from it to port 25 of another mail server. Most providers keep that port shut until they are asked. " +
    "A machine that does not get out by IPv4 is refused before anything is changed on it, as mail would stay in its queue; one that does not by IPv6 gets " +
    "a warning. With `relayHost`, nothing is asked.",
  default: "a new machine must reach `smtp.google.com`",
});

export const hostSchema = argsObject("HostArgs", "A machine. Exactly one member.", {
  ssh: sshHost.optional().meta({ description: "A machine that exists and is reached by SSH." }),
  ovhVps: ovhVps.optional().meta({ description: "A virtual private server at OVH." }),
});

import * as command from "@pulumi/command";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";

/** One resource of each provider that a mail server with records by RFC 2136 uses. */
new command.local.Command("bare", { create: "true" });
new random.RandomPassword("bare", { length: 44, special: false });
new tls.PrivateKey("bare", { algorithm: "ED25519" });

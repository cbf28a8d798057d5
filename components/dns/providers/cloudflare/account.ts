import type { z } from "zod";
import { argsObject } from "../../../declaration";
import { credential } from "../fields";
import type { AccountKind } from "../provider";
import { cloudflareSdk } from "./sdk";

const settings = argsObject("CloudflareAccountArgs", "How to log in at Cloudflare.", {
  apiToken: credential("An API token with the permissions Zone:Read and DNS:Edit for the zones of the account."),
});

/** An account at Cloudflare. */
export const cloudflareAccount = {
  about: "At Cloudflare.",
  settings,
  provider: (name, { apiToken }, opts) => {
    const { Provider } = cloudflareSdk();
    return new Provider(name, { apiToken }, opts);
  },
} satisfies AccountKind<z.output<typeof settings>>;

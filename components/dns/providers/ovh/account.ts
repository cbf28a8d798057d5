import type { z } from "zod";
import { argsObject } from "../../../declaration";
import { ovhSdk } from "../../../ovhSdk";
import { matching } from "../../../schemaFields";
import { credential } from "../fields";
import type { AccountKind } from "../provider";

/** What logs in together. */
const ways = [
  ["applicationKey", "applicationSecret", "consumerKey"],
  ["clientId", "clientSecret"],
  ["accessToken"],
] as const;

const optional = (what: string) => credential(what).optional().meta({ default: "none" });

const settings = argsObject(
  "OvhAccountArgs",
  "How to log in at OVH: by an application, by a service account (OAuth 2), or by an access token.",
  {
    endpoint: matching(/^[a-z]+-[a-z]+$/, "is not an endpoint of OVH, such as ovh-eu, ovh-ca or ovh-us")
      .default("ovh-eu")
      .meta({ description: "Which API: `ovh-eu`, `ovh-ca` or `ovh-us`." }),
    applicationKey: optional("Key of an application."),
    applicationSecret: optional("Secret of the application."),
    consumerKey: optional("What the account has granted to the application."),
    clientId: optional("ID of a service account."),
    clientSecret: optional("Secret of the service account."),
    accessToken: optional("An access token."),
  },
  (given) => {
    const whole = ways.filter((way) => way.every((name) => given[name] !== undefined));
    const names = ways.flat().filter((name) => given[name] !== undefined);
    if (whole.length === 1 && names.length === whole[0]?.length) return undefined;
    const choice = ways.map((way) => way.join(", ").replace(/, ([^,]*)$/, " and $1")).join(", or ");
    return `must have ${choice}; got ${names.length === 0 ? "none of these" : names.join(", ")}`;
  },
);

/** An account at OVH. */
export const ovhAccount = {
  about: "At OVH.",
  settings,
  provider: (name, credentials, opts) => {
    const { Provider } = ovhSdk();
    return new Provider(name, credentials, opts);
  },
} satisfies AccountKind<z.output<typeof settings>>;

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

const settings = argsObject(
  "OvhAccountArgs",
  "How to log in at OVH: by an application, by a service account (OAuth 2), or by an access token.",
  {
    endpoint: matching(/^[a-z]+-[a-z]+$/, "is not an endpoint of OVH, such as ovh-eu, ovh-ca or ovh-us")
      .default("ovh-eu")
      .meta({ description: "Which API: `ovh-eu`, `ovh-ca` or `ovh-us`." }),
    applicationKey: credential.optional().meta({
      description: "Key of an application. Always kept as a secret.",
      default: "none",
    }),
    applicationSecret: credential.optional().meta({
      description: "Secret of the application. Always kept as a secret.",
      default: "none",
    }),
    consumerKey: credential.optional().meta({
      description: "What the account has granted to the application. Always kept as a secret.",
      default: "none",
    }),
    clientId: credential.optional().meta({
      description: "ID of a service account. Always kept as a secret.",
      default: "none",
    }),
    clientSecret: credential.optional().meta({
      description: "Secret of the service account. Always kept as a secret.",
      default: "none",
    }),
    accessToken: credential.optional().meta({
      description: "An access token. Always kept as a secret.",
      default: "none",
    }),
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

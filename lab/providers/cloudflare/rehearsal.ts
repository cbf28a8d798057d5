import { Account } from "../cloud/account";
import { cloudZones, type RehearsedCloud } from "../cloud/rehearsed";
import { type CloudflareState, emptyCloudflare } from "./api";

/** The account at Cloudflare in a folder of accounts. */
export const cloudflareIn = (folder: string) => new Account<CloudflareState>(folder, "cloudflare", emptyCloudflare);

export const rehearsedCloudflare: RehearsedCloud = {
  environment: { CLOUDFLARE_API_TOKEN: "rehearsal" },
  setsReverse: false,
  open: (folder) =>
    cloudflareIn(folder).change((state) => {
      state.zones = Object.fromEntries(Object.entries(cloudZones).map(([name, id]) => [id, { name, records: [] }]));
    }),
};

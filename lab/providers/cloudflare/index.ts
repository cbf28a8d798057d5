import { Account, cloudFolder } from "../cloud/account";
import { labWorld } from "../cloud/world";
import { serve } from "../serve";
import { CloudflareApi, emptyCloudflare } from "./api";
import { dnsRecord } from "./dnsRecord";
import { getDnsRecord, getDnsRecords, getZone, getZones } from "./functions";

const folder = cloudFolder();
const api = new CloudflareApi(new Account(folder, "cloudflare", emptyCloudflare), labWorld(folder));

serve(
  "cloudflare",
  [dnsRecord(api)],
  [getZone, getZones, getDnsRecord, getDnsRecords].map((lookUp) => lookUp(api)),
  (configuration) => api.configure(configuration),
);

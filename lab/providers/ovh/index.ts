import { Account, cloudFolder } from "../cloud/account";
import { labWorld } from "../cloud/world";
import { serve } from "../serve";
import { emptyOvh, OvhApi } from "./api";
import { bridged, bridgedFunction } from "./bridged";
import { firewall, firewallRule } from "./firewall";
import { getDomainZoneRecord, getDomainZoneRecords, getZone } from "./functions";
import { reverse } from "./reverse";
import { getVps, vps } from "./vps";
import { zoneRecord } from "./zoneRecord";

/** Replaced by the version of the npm package when the plugin is bundled. */
declare const PLUGIN_VERSION: string;

const folder = cloudFolder();
const api = new OvhApi(new Account(folder, "ovh", emptyOvh), labWorld(folder));

serve(
  "ovh",
  [zoneRecord, reverse, firewall, firewallRule, vps].map((type) => bridged(type(api), PLUGIN_VERSION)),
  [getVps, getZone, getDomainZoneRecords, getDomainZoneRecord].map((lookUp) => bridgedFunction(lookUp(api))),
  (configuration) => api.configure(configuration),
);

import type * as ovh from "@ovhcloud/pulumi-ovh";
import { loadSdk } from "./loadSdk";

/** Pulumi's SDK for OVH. @throws where it is not installed */
export function ovhSdk(): typeof ovh {
  return loadSdk("@ovhcloud/pulumi-ovh", "A machine, DNS or PTR records at OVH");
}

import { PolicyPack } from "@pulumi/policy";
import { policyOf } from "./policyOf";
import { rules } from "./rules";

new PolicyPack("pulumi-mailserver", { enforcementLevel: "mandatory", policies: rules.map(policyOf) });
